import { isStopWord, stemWord } from '@memori/text';
import type { AskedText, Phrase } from './question-phrases';
import { isUnspaced, pairsOfKey, stemKey, wordsOfKey } from './value-key';
import type { ValueIndex } from './value-index';

/** A word in more values than this tells nothing about which one is meant. */
const MOST_WITH_WORD = 2000;
const MOST_CANDIDATES = 60;
/** Of the weight of a value's words, what the question must name. */
const LEAST_SHARE = 0.4;

export interface PartlyNamed {
  readonly number: number;
  /** Of the value's words or pairs of characters, by their rarity: 0 to 1. */
  readonly share: number;
  /** From the first to the last word that they have in common. */
  readonly phrase: Phrase;
}

/** Values of several words of which the question names some: "Celtics" for "Boston Celtics", 北京 for 北京市. */
export function partlyNamed(index: ValueIndex, asked: AskedText): PartlyNamed[] {
  const weight = weigher(index);
  const found = new Map<number, { sum: number; units: Set<string> }>();
  for (const unit of unitsOf(asked)) {
    for (const number of postingsOf(index, unit).find(unit, MOST_WITH_WORD)) {
      const entry = found.get(number) ?? { sum: 0, units: new Set<string>() };
      entry.sum += weight(unit);
      entry.units.add(unit);
      found.set(number, entry);
    }
  }
  const likely = [...found].sort(([a, one], [b, other]) => other.sum - one.sum || a - b).slice(0, MOST_CANDIDATES * 5);
  return likely
    .map(([number, { sum, units }]) => ({ number, share: sum / totalOf(index, number, weight), units }))
    .filter(({ share }) => share >= LEAST_SHARE)
    .sort((a, b) => b.share - a.share || a.number - b.number)
    .slice(0, MOST_CANDIDATES)
    .map(({ number, share, units }) => ({ number, share: Math.min(1, share), phrase: spanOf(asked, units) }));
}

function unitsOf({ words }: AskedText): Set<string> {
  const spaced = words.filter((word) => !isUnspaced(word) && !isStopWord(word)).map(stemWord);
  return new Set([...spaced, ...pairsOfKey(words.join(' '))]);
}

function postingsOf(index: ValueIndex, unit: string) {
  return isUnspaced(unit) ? index.byPair : index.byWord;
}

function weigher(index: ValueIndex): (unit: string) => number {
  const known = new Map<string, number>();
  return (unit) => {
    const value =
      known.get(unit) ?? Math.log(1 + (index.keys.length + 1) / (postingsOf(index, unit).count(unit) + 0.5));
    known.set(unit, value);
    return value;
  };
}

function totalOf(index: ValueIndex, number: number, weight: (unit: string) => number): number {
  const key = index.keys[number] ?? '';
  const words = wordsOfKey(key).filter((word) => !isUnspaced(word) && !isStopWord(word));
  const units = new Set([...words.map((word) => stemKey([word])), ...pairsOfKey(key)]);
  return [...units].reduce((sum, unit) => sum + weight(unit), 0) || Infinity;
}

function spanOf({ phrases, words }: AskedText, units: ReadonlySet<string>): Phrase {
  const one = phrases.filter(
    (phrase) => phrase.words.length === 1 && [phrase.stems, ...pairsOfKey(phrase.key)].some((unit) => units.has(unit)),
  );
  const first = one.reduce((best, phrase) => (phrase.from < best.from ? phrase : best), one[0] as Phrase);
  const common = words.flatMap((word) =>
    isUnspaced(word) ? covered(word, units) : units.has(stemWord(word)) ? [word] : [],
  );
  return { ...first, key: common.join(' ') };
}

/** The stretches of a run of characters that common pairs make up: 浦东新区 of 浦东新区的订单. */
function covered(run: string, pairs: ReadonlySet<string>): string[] {
  const letters = [...run];
  const isIn = (at: number) => pairs.has(`${letters[at]}${letters[at + 1]}`);
  const marked = letters.map((letter, at) => (isIn(at) || isIn(at - 1) ? letter : ' '));
  return marked
    .join('')
    .split(' ')
    .filter((stretch) => stretch !== '');
}
