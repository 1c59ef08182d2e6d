import { isStopWord } from '@memori/text';
import type { Phrase } from './question-phrases';

const HEAD = 3;
const MOST_WORDS = 5;
/** The one country whose short forms are initials of different names. */
const SAME_INITIALS: Readonly<Record<string, string>> = { us: 'usa', usa: 'us' };

/** First letters, of all words and of all but the small ones: "university of oxford" is "uoo" and "uo". */
export function initialsOf(words: readonly string[]): string[] {
  if (words.length < 2 || words.length > MOST_WORDS + 1) return [];
  const letters = (some: readonly string[]) => some.map((word) => word.charAt(0)).join('');
  const forms = [letters(words), letters(words.filter((word) => !isStopWord(word)))];
  return [...new Set([...forms, ...forms.flatMap(sameInitials)])].filter(({ length }) => length > 1);
}

export function sameInitials(initials: string): string[] {
  const other = SAME_INITIALS[initials];
  return other === undefined ? [] : [other];
}

/** What an abbreviation of some words and the words in full have in common: "comp sci" is "com sci". */
export function headsOf(words: readonly string[]): string | undefined {
  if (words.length < 2 || words.length > MOST_WORDS || words.some((word) => word.length < HEAD)) return undefined;
  return words.map((word) => word.slice(0, HEAD)).join(' ');
}

/** Whether one is the other with words cut short. */
export function isCutShort(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  return (
    one.every((word, at) => (other[at] ?? '').startsWith(word)) || other.every((word, at) => one[at]?.startsWith(word))
  );
}

/** Beginnings of one long word that may be a code for it: "prof" for "professors". */
export function codesOf({ words, isUnspaced }: Phrase): string[] {
  const [word = ''] = words;
  if (words.length !== 1 || isUnspaced) return [];
  return [3, 4, 5].filter((length) => length <= word.length - 2).map((length) => word.slice(0, length));
}

/** Whether a value is written as a code or an abbreviation is: "PROF", "USA", "Comp. Sci." */
export function isCode(value: string): boolean {
  return /^\p{Lu}{2,5}$/u.test(value) || /^\p{L}+\.$/u.test(value) || /^(?:\p{Lu}\.){2,}$/u.test(value);
}
