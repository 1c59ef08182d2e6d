import { foldLetters, normaliseNumerals, splitIdentifier, stemWord } from '@memori/text';

const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々〆`;
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, 'u');
const RUNS = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}\\s]+`, 'gu');
const DOTS_OF_ABBREVIATIONS = /(?<=\p{L})\.(?=\p{L}|\s|$)/gu;
/** C++ and C# are not C. */
const BETWEEN_WORDS = /[^\p{L}\p{M}\p{N}+#]+/gu;

/**
 * What two spellings of the same value share: NFKC, lower case without accents, numbers in one form, words parted by
 * one blank. "U.S.", "Zürich " and "O’Brien" become "us", "zurich" and "obrien".
 */
export function valueKey(text: string): string {
  // Plain ASCII has numbers in one form already: most values are that.
  const plain = /^[\x00-\x7f]*$/.test(text) ? text : normaliseNumerals(text);
  return foldLetters(plain)
    .replace(/['’‘`´]/gu, '')
    .replace(DOTS_OF_ABBREVIATIONS, '')
    .replace(BETWEEN_WORDS, ' ')
    .trim();
}

/** Whether a key holds a script without blanks between words. */
export function isUnspaced(key: string): boolean {
  return HAS_UNSPACED.test(key);
}

export function compact(key: string): string {
  return key.replaceAll(' ', '');
}

/** The words of a key; runs of Chinese, Japanese or Korean are words of their own. */
export function wordsOfKey(key: string): string[] {
  return key.match(RUNS) ?? [];
}

/** Each word by its stem, so that "Dogs" meets "dog". */
export function stemKey(words: readonly string[]): string {
  return words.map(stemWord).join(' ');
}

/** Two characters in a row of what is written without blanks. */
export function pairsOfKey(key: string): string[] {
  return wordsOfKey(key)
    .filter(isUnspaced)
    .flatMap((run) => {
      const letters = [...run];
      return letters.slice(1).map((letter, at) => `${letters[at]}${letter}`);
    });
}

/** The stems of the words inside of a name: `ship_city` and `ShipCity` are "ship" and "citi". */
export function namesOf(name: string): string[] {
  return wordsOfKey(valueKey(splitIdentifier(name).join(' '))).map(stemWord);
}
