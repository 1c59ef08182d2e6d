import type { TextFilter } from '../guard/text-filters';
import { findValues, type FoundValue } from './find-values';
import { compact, isUnspaced, valueKey } from './value-key';
import type { IndexedColumn, ValueIndex } from './value-index';

/** Below this a stored value has too little in common with what was written. */
const LEAST_SCORE = 0.3;
const MOST_NEAR = 5;
const MOST_ELSEWHERE = 3;
const MOST_OF_CODE = 2;
/** A shorter pattern is no misspelt value. */
const LEAST_PATTERN = 3;

/** A text that a statement looks for in a column which, as far as is known, does not hold it. */
export interface UnknownLiteral {
  readonly column: Pick<IndexedColumn, 'schema' | 'table' | 'column'>;
  readonly text: string;
  /** What the column holds that is like it, the nearest first. */
  readonly near: readonly string[];
  /** Other columns that hold it letter by letter. */
  readonly elsewhere: readonly FoundValue[];
}

/** Of the texts that a statement compares with, those whose column is known and does not hold them, with what may be meant. */
export function unknownLiterals(index: ValueIndex, filters: readonly TextFilter[]): UnknownLiteral[] {
  return filters.flatMap((filter) => {
    const numbers = columnNumbers(index, filter);
    const column = index.columns[numbers[0] ?? -1];
    const text = filter.kind === 'pattern' ? filter.text.replace(/^[%_]+|[%_]+$/g, '') : filter.text;
    const isTooShort = filter.kind === 'pattern' && text.length < LEAST_PATTERN;
    if (!column || filter.isNegated || isTooShort || isStored(index, numbers, filter)) return [];
    const near = nearValues(index, numbers, text);
    const elsewhere = findValues(index, text, { most: 50 }).filter(
      ({ value, how }) => how === 'same' && value === text && filter.kind === 'value',
    );
    if (near.length === 0 && elsewhere.length === 0) return [];
    return [{ column, text: filter.text, near, elsewhere: elsewhere.slice(0, MOST_ELSEWHERE) }];
  });
}

/** The columns of the index that a filter may mean. */
export function columnNumbers(index: ValueIndex, { columns }: TextFilter): number[] {
  return index.columns.flatMap(({ schema, table, column }, number) =>
    columns.some((each) => each.schema === schema && each.table === table && each.name === column) ? [number] : [],
  );
}

/** Whether one of these columns is known to hold what a filter looks for. */
export function isStored(index: ValueIndex, columns: readonly number[], filter: TextFilter): boolean {
  const matches = matcherOf(filter);
  if (filter.kind === 'value' && keyOf(filter.text) !== '')
    return index.byKey
      .find(keyOf(filter.text))
      .some((number) =>
        index.storedUnder(number).some(({ column, value }) => columns.includes(column) && matches(value)),
      );
  return columns.some((column) => index.valuesOf(column).some(matches));
}

/** Under which the index files a text: whatever differs by case alone has one key. */
export function keyOf(text: string): string {
  const key = valueKey(text);
  return isUnspaced(key) ? compact(key) : key;
}

function matcherOf({ text, kind, ignoresCase }: TextFilter): (value: string) => boolean {
  const fold = (value: string) => (ignoresCase ? value.toLowerCase() : value);
  if (kind === 'value') return (value) => fold(value) === fold(text);
  const pattern = likePattern(fold(text));
  return (value) => pattern.test(fold(value));
}

/** A pattern of LIKE: % is anything, _ one character, a backslash takes the next literally. */
function likePattern(text: string): RegExp {
  const parts = text.match(/\\[^]|%+|[^]/gu) ?? [];
  const source = parts.map((part) => {
    if (part.startsWith('%')) return '[^]*';
    if (part === '_') return '[^]';
    return (part.length > 1 && part.startsWith('\\') ? part.slice(1) : part).replace(/[.*+?^${}()|[\]\\/]/gu, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 'u');
}

function nearValues(index: ValueIndex, columns: readonly number[], text: string): string[] {
  const accepted = new Set(columns.map((number) => index.columns[number]));
  const found = findValues(index, text, { accept: (column) => accepted.has(column) });
  const like = found.filter(({ score }) => score >= LEAST_SCORE).map(({ value }) => value);
  const codes = columns.flatMap((number) => index.fewValuesOf(number)).filter((value) => isCodeFor(value, text));
  return [...new Set([...like, ...codes])].slice(0, MOST_NEAR);
}

/** "M" where "male" was looked for, "true" where "T" was. */
function isCodeFor(value: string, text: string): boolean {
  const [one, other] = [valueKey(value), valueKey(text)];
  return one.charAt(0) === other.charAt(0) && Math.min(one.length, other.length) <= MOST_OF_CODE;
}
