import { isStopWord, stemWord } from '@memori/text';
import { compact, isUnspaced, stemKey, valueKey, wordsOfKey } from './value-key';

const MOST_WORDS = 8;
/** Characters of a phrase that is written without blanks. */
export const MOST_UNSPACED = 12;
/** A question has some dozen words; of a text that somebody pasted both ends tell what it is about. */
const READ_AT_BEGINNING = 600;
const READ_AT_END = 300;
const WRITTEN_WORDS = /[\p{L}\p{M}\p{N}+#][\p{L}\p{M}\p{N}+#.'’]*/gu;

/** Some words in a row of a question that a value may be. */
export interface Phrase {
  readonly key: string;
  readonly stems: string;
  readonly words: readonly string[];
  /** Places in the question's key: from the first to behind the last. */
  readonly from: number;
  readonly to: number;
  readonly isUnspaced: boolean;
  /** Nothing but words that stand in every sentence. */
  readonly isStopped: boolean;
}

/** A question as values are looked for in it. */
export interface AskedText {
  readonly raw: string;
  readonly words: readonly string[];
  readonly stems: ReadonlySet<string>;
  /** Words that begin with a capital although they do not begin the question. */
  readonly capitals: ReadonlySet<string>;
  /** Words of capitals alone: "LA", "U.S." */
  readonly acronyms: ReadonlySet<string>;
  readonly phrases: readonly Phrase[];
  /** How long it is without blanks: the end of the last phrase. */
  readonly signs: number;
}

/** All phrases of a question, longer ones first. */
export function askedText(question: string): AskedText {
  const raw = endsOf(question).normalize('NFKC');
  const words = wordsOfKey(valueKey(raw));
  const phrases = [...spacedPhrases(words), ...unspacedPhrases(words)];
  const seen = new Set<string>();
  const once = phrases.filter(({ key }) => !seen.has(key) && seen.add(key));
  once.sort((a, b) => b.to - b.from - (a.to - a.from) || a.from - b.from);
  const written = (raw.match(WRITTEN_WORDS) ?? []).slice(1);
  const keysOf = (some: string[]) => new Set(some.flatMap((word) => wordsOfKey(valueKey(word))));
  return {
    raw,
    words,
    stems: new Set(words.map(stemWord)),
    capitals: keysOf(written.filter((word) => /^\p{Lu}/u.test(word))),
    acronyms: keysOf(written.filter((word) => /^(?:\p{Lu}\.?){2,5}$/u.test(word))),
    phrases: once,
    signs: words.join('').replaceAll(' ', '').length,
  };
}

function endsOf(question: string): string {
  if (question.length <= READ_AT_BEGINNING + READ_AT_END) return question;
  return `${question.slice(0, READ_AT_BEGINNING)} ${question.slice(-READ_AT_END)}`;
}

function spacedPhrases(words: readonly string[]): Phrase[] {
  const starts = startsOf(words);
  const phrases: Phrase[] = [];
  for (let first = 0; first < words.length; first++) {
    for (let last = first; last < words.length && last < first + MOST_WORDS; last++) {
      if (isUnspaced(words[last] as string)) break;
      const part = words.slice(first, last + 1);
      const to = (starts[last] as number) + (words[last] as string).length;
      const isStopped = part.every(isStopWord);
      const from = starts[first] as number;
      phrases.push({ key: part.join(' '), stems: stemKey(part), words: part, from, to, isUnspaced: false, isStopped });
    }
  }
  return phrases;
}

/** Every piece that holds a script without blanks, with Latin letters beside it: "iPhone手机". */
function unspacedPhrases(words: readonly string[]): Phrase[] {
  if (!words.some(isUnspaced)) return [];
  const text = compact(words.join(' '));
  const phrases: Phrase[] = [];
  for (let from = 0; from < text.length; from++) {
    for (let to = from + 1; to <= text.length && to <= from + MOST_UNSPACED; to++) {
      const key = text.slice(from, to);
      if (!isUnspaced(key)) continue;
      phrases.push({ key, stems: key, words: [key], from, to, isUnspaced: true, isStopped: isStopWord(key) });
    }
  }
  return phrases;
}

function startsOf(words: readonly string[]): number[] {
  let at = 0;
  return words.map((word) => {
    const start = at;
    at += word.length;
    return start;
  });
}
