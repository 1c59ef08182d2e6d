import { foldLetters, splitIdentifier } from '@memori/text';
import {
  NAME_CJK,
  NAME_WORDS,
  NEUTRAL_CJK,
  NEUTRAL_ENDINGS,
  PERSON_CJK,
  PERSON_WORDS,
  SENSITIVE_CJK,
  SENSITIVE_PARTS,
  SENSITIVE_WORDS,
} from './sensitive-names';

/** A comment longer than this is prose, in which any word may turn up. */
const MAX_TELLING_COMMENT = 40;

/** What a column's name is judged by. */
export interface NamedColumn {
  readonly table: string;
  readonly name: string;
  readonly comment: string | null;
}

/**
 * Whether a column's name, or a short comment, says that it holds a person's data or a secret. In English, Chinese and
 * pinyin, with the commonest words of a few other languages. What is said *about* such data (`phone_type`) is not it.
 */
export function hasSensitiveName({ table, name, comment }: NamedColumn): boolean {
  if (!isNeutral(name) && (isSensitiveText(name) || isPersonsName(name, table))) return true;
  return (
    comment !== null && comment.length <= MAX_TELLING_COMMENT && !isNeutral(comment) && isSensitiveComment(comment)
  );
}

/** Whether a table is one of people, so that what is called "name" in it is somebody's. */
export function isAboutPersons(table: string): boolean {
  if (isNeutral(table)) return false;
  return PERSON_CJK.test(table) || wordsOf(table).some((word) => PERSON_WORDS.has(word));
}

function isNeutral(text: string): boolean {
  const words = wordsOf(text);
  // A blood type is no type of something else.
  if (words.includes('blood')) return false;
  return NEUTRAL_ENDINGS.has(words.at(-1) ?? '') || NEUTRAL_CJK.test(text);
}

function isSensitiveText(text: string): boolean {
  const words = wordsOf(text);
  if (words.some((word) => SENSITIVE_WORDS.has(word)) || SENSITIVE_CJK.test(text.normalize('NFKC'))) return true;
  // `e_mail`, `first_name` and `E-Mail` with their joints taken out.
  const squashed = words.join('');
  return SENSITIVE_PARTS.some((part) => squashed.includes(part));
}

/** In prose only what is unmistakable: "card", "pass" or "pin" may mean anything there. */
function isSensitiveComment(comment: string): boolean {
  if (SENSITIVE_CJK.test(comment.normalize('NFKC'))) return true;
  const squashed = wordsOf(comment).join('');
  return SENSITIVE_PARTS.some((part) => part.length >= 5 && squashed.includes(part));
}

/** `name` in a table of people, `customer_name` anywhere; `product_name` is nobody's. */
function isPersonsName(name: string, table: string): boolean {
  const words = wordsOf(name);
  if (words.some((word) => word === 'ename' || isJoinedPersonsName(word))) return true;
  if (!words.some((word) => NAME_WORDS.has(word) || NAME_CJK.test(word))) return false;
  const whose = words
    .map((word) => (NAME_WORDS.has(word) ? '' : word.replace(NAME_CJK, '')))
    .filter((word) => word !== '');
  if (whose.some((word) => PERSON_WORDS.has(word) || PERSON_CJK.test(word))) return true;
  return whose.every((word) => wordsOf(table).includes(word)) && isAboutPersons(table);
}

/** `ownername`: the two words written as one. */
function isJoinedPersonsName(word: string): boolean {
  return word.endsWith('name') && PERSON_WORDS.has(word.slice(0, -'name'.length));
}

function wordsOf(text: string): string[] {
  return splitIdentifier(text.normalize('NFKC'))
    .flatMap((part) => part.split(/[^\p{L}\p{M}\p{N}]+/u))
    .map((word) => foldLetters(word))
    .filter((word) => word !== '');
}
