import { editDistance, isStopWord } from '@memori/text';
import { allowedEdits } from './near-keys';
import { partlyNamed } from './partly-named';
import { type AskedText, askedText, type Phrase } from './question-phrases';
import { codesOf, headsOf, initialsOf, isCode, isCutShort, sameInitials } from './short-forms';
import { stemKey, wordsOfKey } from './value-key';
import type { IndexedColumn, ValueIndex } from './value-index';

/**
 * How a value was found: letter by letter but for case and accents, in another form, misspelt, abbreviated or written in
 * full, by some of its words, or as one of the few of a column that is named.
 */
export type Likeness = 'same' | 'form' | 'typo' | 'short' | 'part' | 'column';

/** A stored value that a question may speak of. */
export interface FoundValue {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** As it is stored. */
  readonly value: string;
  /** 0 to 1. */
  readonly score: number;
  readonly how: Likeness;
  /** What stands in the question for it, folded. */
  readonly asked: string;
}

export interface FindOptions {
  readonly most?: number;
  /** Which columns are looked at; all when absent. */
  readonly accept?: Accept;
  /** Also all values of columns that have few and are named. */
  readonly lists?: boolean;
}

type Accept = (column: IndexedColumn) => boolean;

/** A key of the index with its likeness to a phrase. */
interface Hit {
  readonly number: number;
  readonly phrase: Phrase;
  readonly how: Likeness;
  readonly score: number;
}

const SCORE = {
  same: 0.85,
  form: 0.8,
  typo: 0.75,
  edit: 0.1,
  short: 0.55,
  code: 0.4,
  severalWords: 0.05,
  part: 0.6,
  column: 0.2,
};
/** A word that every question may hold tells little, even where it is a value. */
const PLAIN_WORD = 0.7;
const SHORT_NUMBER = 0.4;
const SINGLE_SIGN = 0.5;
/** A value inside of a longer one that was found as well. */
const COVERED = 0.5;
const BONUS = { letterByLetter: 0.04, columnNamed: 0.04, tableNamed: 0.02 };
/** Characters without blanks from the beginning and from the end of a long text. */
const NEAR_END = 150;
const MOST_LIKE = 400;
const MOST_WORDS_OF_TYPO = 3;
/** Of a script without blanks, where every stretch is a phrase. */
const MOST_SIGNS_OF_TYPO = 8;
const DEFAULT_MOST = 40;

/** The stored values that a question seems to name, the surest first, in an order that depends on nothing else. */
export function findValues(index: ValueIndex, question: string, options: FindOptions = {}): FoundValue[] {
  const asked = askedText(question);
  const whole = asked.phrases.flatMap((phrase) => wholeHits(index, phrase, asked));
  const hits = withoutCovered([...whole, ...partHits(index, asked)]);
  const { accept = () => true, most = DEFAULT_MOST, lists = false } = options;
  const found = [...hits.values()].flatMap((hit) => placesOf(index, hit, asked, accept));
  const listed = lists ? ofNamedColumns(index, asked, accept) : [];
  const known = new Set(listed.length > 0 ? found.map(identityOf) : []);
  return [...found, ...listed.filter((value) => !known.has(identityOf(value)))].sort(compareFound).slice(0, most);
}

/** All values of columns that have few and are named: which of them is meant, words such as "without wifi" may say. */
function ofNamedColumns(index: ValueIndex, { stems }: AskedText, accept: Accept): FoundValue[] {
  const named = new Map<number, string>();
  for (const stem of stems) for (const column of index.smallColumns.get(stem) ?? []) named.set(column, stem);
  return [...named].flatMap(([number, asked]) => {
    const column = index.columns[number];
    if (!column || !accept(column)) return [];
    const { schema, table, column: name } = column;
    return index
      .fewValuesOf(number)
      .map((value) => ({ schema, table, column: name, value, score: SCORE.column, how: 'column' as const, asked }));
  });
}

/** Values that are the phrase as a whole: the same, in another form, or else misspelt. */
function wholeHits(index: ValueIndex, phrase: Phrase, asked: AskedText): Hit[] {
  const sure = sameOrForm(index, phrase).filter(({ number }) => isMeant(index, number, phrase, asked));
  if (sure.length > 0 || phrase.isStopped || !isNearAnEnd(phrase, asked)) return sure;
  return phrase.isUnspaced
    ? misspelt(index, phrase)
    : [...misspelt(index, phrase), ...abbreviated(index, phrase, asked)];
}

/**
 * What is likely asked: in a long text other spellings are looked for at its beginning and end alone. Between them stands what
 * somebody pasted, where every other word is near some value.
 */
function isNearAnEnd({ from, to }: Phrase, { signs }: AskedText): boolean {
  return signs <= 2 * NEAR_END || from < NEAR_END || to > signs - NEAR_END;
}

function sameOrForm(index: ValueIndex, phrase: Phrase): Hit[] {
  const same = index.byKey.find(phrase.key).filter((number) => index.keys[number] === phrase.key);
  const hits = same.map((number) => hitOf(index, number, phrase, 'same', SCORE.same));
  if (phrase.isUnspaced) return hits;
  const forms = index.byStems
    .find(phrase.stems)
    .filter((number) => !same.includes(number) && stemKey(wordsOfKey(index.keys[number] ?? '')) === phrase.stems);
  return [...hits, ...forms.map((number) => hitOf(index, number, phrase, 'form', SCORE.form))];
}

function misspelt(index: ValueIndex, phrase: Phrase): Hit[] {
  const { key, words, isUnspaced } = phrase;
  const edits = allowedEdits(key.length, isUnspaced);
  const isLong = words.length > MOST_WORDS_OF_TYPO || (isUnspaced && key.length > MOST_SIGNS_OF_TYPO);
  if (edits === 0 || isLong || /^[\d ]+$/.test(key)) return [];
  if (words.length === 1 && index.nameStems.has(phrase.stems)) return [];
  if (isStopWord(words[0] ?? '') || isStopWord(words.at(-1) ?? '')) return [];
  return [...index.near.candidates(key, isUnspaced, MOST_LIKE)].flatMap((number) => {
    const other = index.keys[number] ?? '';
    const allowed = Math.min(edits, allowedEdits(other.length, isUnspaced));
    if (digitsOf(other) !== digitsOf(key)) return [];
    const distance = editDistance(key, other, allowed);
    return distance > allowed ? [] : [hitOf(index, number, phrase, 'typo', SCORE.typo - SCORE.edit * distance)];
  });
}

/** "United States" for "USA", "LA" for "Los Angeles", "computer science" for "Comp. Sci.", "professors" for "PROF". */
function abbreviated(index: ValueIndex, phrase: Phrase, { acronyms }: AskedText): Hit[] {
  const { words, key } = phrase;
  const isCodeOf = (number: number) => index.storedUnder(number).some(({ value }) => isCode(value));
  const ofKey = (text: string) => index.byKey.find(text).filter((number) => index.keys[number] === text);
  const inFull = acronyms.has(key)
    ? [key, ...sameInitials(key)].flatMap((text) => index.byInitials.find(text, MOST_LIKE))
    : [];
  const asInitials = [...initialsOf(words), ...(acronyms.has(key) ? sameInitials(key) : [])]
    .flatMap(ofKey)
    .filter(isCodeOf);
  const heads = headsOf(words);
  const cut = heads === undefined ? [] : index.byHeads.find(heads, MOST_LIKE);
  const short = cut.filter((number) => isCutShort(words, wordsOfKey(index.keys[number] ?? '')));
  const codes = codesOf(phrase).flatMap(ofKey).filter(isCodeOf);
  return [
    ...[...inFull, ...asInitials, ...short].map((number) => hitOf(index, number, phrase, 'short', SCORE.short)),
    ...codes.map((number) => hitOf(index, number, phrase, 'short', SCORE.code)),
  ];
}

/** Another number is another value, however near. */
function digitsOf(key: string): string {
  return key.replace(/\D/g, '');
}

function partHits(index: ValueIndex, asked: AskedText): Hit[] {
  return partlyNamed(index, asked).map(({ number, share, phrase }) => ({
    number,
    phrase,
    how: 'part',
    score: SCORE.part * share,
  }));
}

function hitOf(index: ValueIndex, number: number, phrase: Phrase, how: Likeness, base: number): Hit {
  const { key, words } = phrase;
  const several = words.length > 1 || (phrase.isUnspaced && key.length > 2) ? SCORE.severalWords : 0;
  const weak = /^\d{1,2}$/.test(key) ? SHORT_NUMBER : key.length === 1 ? SINGLE_SIGN : 1;
  return { number, phrase, how, score: (base + several) * weak };
}

/** A stop word or a single letter is a value only where it is written as the value is: "IN" for Indiana, not "in". */
function isMeant(index: ValueIndex, number: number, phrase: Phrase, { raw }: AskedText): boolean {
  const isPlain = phrase.isStopped || /^[a-z]$/.test(phrase.key);
  if (!isPlain) return true;
  return index.storedUnder(number).some(({ value }) => /\p{Lu}|\p{Script=Han}/u.test(value) && isWord(raw, value));
}

/** The best hit of each key; less for a phrase that lies inside of a longer one that is itself a value. */
function withoutCovered(hits: readonly Hit[]): Map<number, Hit> {
  const sure = hits.filter(({ how }) => how === 'same' || how === 'form').map(({ phrase }) => phrase);
  const best = new Map<number, Hit>();
  for (const hit of hits) {
    const { from, to } = hit.phrase;
    const isCovered = sure.some((other) => other.from <= from && to <= other.to && other.to - other.from > to - from);
    const score = isCovered ? hit.score * COVERED : hit.score;
    if (score > (best.get(hit.number)?.score ?? 0)) best.set(hit.number, { ...hit, score });
  }
  return best;
}

function placesOf(
  index: ValueIndex,
  { number, phrase, how, score }: Hit,
  asked: AskedText,
  accept: (column: IndexedColumn) => boolean,
): FoundValue[] {
  return index.storedUnder(number).flatMap(({ column: at, value }) => {
    const column = index.columns[at];
    if (!column || !accept(column)) return [];
    const { schema, table, column: name } = column;
    const total = (score + bonusOf(column, value, how, asked)) * (isPlainWord(phrase, value, asked) ? PLAIN_WORD : 1);
    return [{ schema, table, column: name, value, score: Math.min(1, total), how, asked: phrase.key }];
  });
}

function bonusOf(
  { columnStems, tableStems }: IndexedColumn,
  value: string,
  how: Likeness,
  { raw, stems }: AskedText,
): number {
  const named = (name: readonly string[]) => name.filter((stem) => stems.has(stem)).length / Math.max(name.length, 1);
  return (
    (how === 'same' && isWord(raw, value) ? BONUS.letterByLetter : 0) +
    named(columnStems) * BONUS.columnNamed +
    named(tableStems) * BONUS.tableNamed
  );
}

/** One word without a capital, not letter by letter as it is stored: likely a word of the sentence. */
function isPlainWord({ words, key, isUnspaced }: Phrase, value: string, { raw, capitals }: AskedText): boolean {
  if (isUnspaced || words.length > 1 || /\d/.test(key)) return false;
  return !capitals.has(key) && !isWord(raw, value);
}

/** Whether a value stands in a text letter by letter, with no letter beside it. */
function isWord(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1))
    if (!isLetter(text.charAt(at - 1)) && !isLetter(text.charAt(at + value.length))) return true;
  return false;
}

function isLetter(sign: string): boolean {
  return /[\p{L}\p{N}]/u.test(sign);
}

function compareFound(a: FoundValue, b: FoundValue): number {
  return (
    b.score - a.score ||
    compare(a.value, b.value) ||
    compare(a.schema, b.schema) ||
    compare(a.table, b.table) ||
    compare(a.column, b.column)
  );
}

function identityOf({ schema, table, column, value }: FoundValue): string {
  return JSON.stringify([schema, table, column, value]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
