import { normaliseNumerals } from '@memori/text';

const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々〆`;
const NEXT_TO_UNSPACED = new RegExp(`(?<=[${UNSPACED}]) | (?=[${UNSPACED}])`, 'gu');

/** Marks that only pause or quote. A point or comma inside a number and an apostrophe inside a word are none. */
const PAUSES =
  /[?!;…"“”„«»()[\]{}、。「」『』《》〈〉¿¡·]|[.,:](?!\p{Nd})|(?<!\p{Nd})[,:]|['’‘`](?!\p{L})|(?<!\p{L})['’‘`]/gu;

/**
 * The form that questions are compared in: full width, case, punctuation, blanks and the way to write a number do not count; every word, number,
 * sign and their order does. Empty when nothing but punctuation is left.
 */
export function normaliseQuestion(text: string): string {
  return normaliseNumerals(text)
    .toLowerCase()
    .replace(PAUSES, ' ')
    .replace(/[’‘`]/gu, "'")
    .replace(/\s+/gu, ' ')
    .replace(NEXT_TO_UNSPACED, '')
    .trim();
}

export function isUnspaced(text: string): boolean {
  return new RegExp(`[${UNSPACED}]`, 'u').test(text);
}
