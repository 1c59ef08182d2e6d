import { foldLetters, stemWord } from '@memori/text';

/** Scripts whose words are not told apart by blanks, or that glue endings to them: each letter is a unit there. */
const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々〆`;
const UNITS = new RegExp(`[${UNSPACED}]\\p{M}*|(?:(?![${UNSPACED}])[\\p{L}\\p{N}\\p{M}])+`, 'gu');

/**
 * The form that names and texts are compared in: full width, case, accents, punctuation and the endings of English and
 * Russian words do not count. Units stand between blanks, so that a name is mentioned where its form is part of the
 * text's. Empty when there is no letter and no digit.
 */
export function mentionForm(text: string): string {
  const units = foldLetters(text.normalize('NFKC')).match(UNITS) ?? [];
  return units.length === 0 ? '' : ` ${units.map((unit) => stemWord(unit)).join(' ')} `;
}

/** Whether a text, in its form, speaks of one of these names, in theirs. */
export function isMentioned(names: readonly string[], text: string): boolean {
  return names.some((name) => name !== '' && text.includes(name));
}
