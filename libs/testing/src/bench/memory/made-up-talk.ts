const VOCABULARY = 20_000;
const SYLLABLES = 'ba be bi bo da de di do fa fi ga go ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so ta te ti to va ve'.split(' '); // prettier-ignore
const FIRST_HAN = 0x4e00;
const SPEAKERS = ['Ada', 'Bo', '林晓', '陈哲'];

export interface MadeUpTurn {
  readonly role: 'user';
  readonly name: string;
  readonly content: string;
}

/** A turn of even number is in Latin letters, one of odd number in Chinese characters. */
const isLatin = (at: number) => at % 2 === 0;

/**
 * Talk that nobody said, the same for the same seed: words by Zipf's law, as those of a language are, so that some stand in
 * nearly every turn and most in very few. Every other turn is in Chinese characters, without blanks.
 */
export class MadeUpTalk {
  private state: number;
  /** Sums of 1/rank, by which a rank is drawn. */
  private readonly sums: Float64Array;

  constructor(seed = 1) {
    this.state = seed;
    let sum = 0;
    this.sums = Float64Array.from({ length: VOCABULARY }, (_, rank) => (sum += 1 / (rank + 1)));
  }

  /** 10 to 30 words, as a message has. */
  turn(at: number): MadeUpTurn {
    const words = Array.from({ length: 10 + this.below(21) }, () => this.rank());
    return { role: 'user', name: SPEAKERS[this.below(SPEAKERS.length)] as string, content: textOf(words, at) };
  }

  /** Asks for one thing that was said: four words of it, among four that may stand anywhere. */
  question({ content }: MadeUpTurn): string {
    const at = content.includes(' ') ? 0 : 1;
    const said = content.match(isLatin(at) ? /\S+/g : /../g) ?? [];
    const own = Array.from({ length: 4 }, () => said[this.below(said.length)] ?? '');
    const blank = isLatin(at) ? ' ' : '';
    return `${own.join(blank)}${blank}${textOf([this.rank(), this.rank(), this.rank(), this.rank()], at)}`;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.random() * end);
  }

  private rank(): number {
    const wanted = this.random() * (this.sums[VOCABULARY - 1] as number);
    let [low, high] = [0, VOCABULARY - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sums[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** mulberry32, by Tommy Ettinger, in the public domain. */
  private random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}

function textOf(words: readonly number[], at: number): string {
  return isLatin(at) ? words.map(latin).join(' ') : words.map(han).join('');
}

function latin(word: number): string {
  const [first, second, third] = [word % 45, Math.floor(word / 45) % 45, Math.floor(word / 2025)];
  return [first, second, third].map((syllable) => SYLLABLES[syllable % SYLLABLES.length]).join('');
}

/** Two characters a word; a few hundred of them make up most of any text. */
function han(word: number): string {
  return String.fromCharCode(FIRST_HAN + (word % 1500), FIRST_HAN + (Math.floor(word / 7) % 1500));
}
