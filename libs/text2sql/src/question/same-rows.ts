import type { ResultSet } from '../execution/sql-executor';

type Comparable = Pick<ResultSet, 'columns' | 'rows'>;

const NUMBER = /^(smallint|integer|oid|bigint|real|double precision|numeric(\(.*\))?)$/;
const MOMENT = /^(date|timestamp)/;
/** As far as a double goes, with a little to spare. */
const DIGITS = 12;

/**
 * Whether two statements found the same: the same rows as often, in any order. Columns may stand in another order, be called
 * otherwise, or stand beside others; 2, 2.0 and "2.00" of a numeric are one number, a date and its midnight one day.
 */
export function haveSameRows(one: Comparable, other: Comparable): boolean {
  if (one.rows.length !== other.rows.length) return false;
  const [narrow, wide] = [cellsOf(one), cellsOf(other)].sort((a, b) => a.length - b.length) as [string[][], string[][]];
  const places = matchColumns(narrow, wide);
  return places !== undefined && areEqual(rowsOf(narrow), rowsOf(places.map((at) => wide[at] as string[])));
}

/** For each narrow column the first wide one that holds the same values as often and is not taken yet. */
function matchColumns(narrow: readonly string[][], wide: readonly string[][]): number[] | undefined {
  const contents = wide.map(contentOf);
  const taken: number[] = [];
  for (const [at, column] of narrow.entries()) {
    const content = contentOf(column);
    const fits = (place: number) => contents[place] === content && !taken.includes(place);
    // The column in the same place first: among columns that look alike it is mostly the one.
    const place = fits(at) ? at : contents.findIndex((_, each) => fits(each));
    if (place < 0) return undefined;
    taken.push(place);
  }
  return taken;
}

function contentOf(column: readonly string[]): string {
  return JSON.stringify([...column].sort());
}

function rowsOf(columns: readonly string[][]): string[] {
  return (columns[0] ?? []).map((_, row) => JSON.stringify(columns.map((column) => column[row]))).sort();
}

function areEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.every((row, at) => row === other[at]);
}

/** Column by column, each value in the one form that its type's values are compared in. */
function cellsOf({ columns, rows }: Comparable): string[][] {
  const parsed = rows.map((row) => JSON.parse(row) as unknown[]);
  return columns.map(({ type }, at) => parsed.map((row) => cellOf(row[at], type)));
}

function cellOf(value: unknown, type: string): string {
  if (value === null || typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  if (NUMBER.test(type)) return `number ${numberOf(text)}`;
  return MOMENT.test(type) ? `moment ${text.replace(/T00:00:00(?:Z|[+-]\d\d:\d\d)?$/, '')}` : `text ${text}`;
}

/** Whole numbers are compared whole, however large. */
function numberOf(text: string): string {
  const whole = /^(-?)0*(\d+?)(?:\.0*)?$/.exec(text);
  if (whole) return whole[2] === '0' ? '0' : `${whole[1]}${whole[2]}`;
  const number = Number(text);
  return Number.isFinite(number) ? String(Number(number.toPrecision(DIGITS))) : text;
}
