import { type ArrayText, parseArrayText } from './postgres-text';

export interface ResultColumn {
  readonly name: string;
  /** As `format_type()` prints it. */
  readonly type: string;
}

/** A result as PostgreSQL's own text, under UTC, DateStyle ISO and IntervalStyle iso_8601. */
export interface TextResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Whether the order of the rows was asked for. */
  readonly ordered: boolean;
}

/** A result as the API answered it, its JSON parsed. */
export interface JsonResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * What an answer of the API has wrong, or undefined when it agrees. Written apart from the product's own rendering and
 * from the contract alone: each JSON value is read by its column's type and must be the one that PostgreSQL printed.
 */
export function differenceOf(expected: TextResult, actual: JsonResult): string | undefined {
  return differenceOfColumns(expected.columns, actual.columns) ?? differenceOfRows(expected, actual.rows);
}

/** The same for the rows alone, whatever the columns are called. */
export function differenceOfRows(expected: TextResult, rows: JsonResult['rows']): string | undefined {
  if (expected.rows.length !== rows.length) return `${expected.rows.length} rows expected, ${rows.length} came`;
  const wanted = expected.rows.map((row) => row.map((value, i) => ofText(value, typeAt(expected, i))));
  const came = rows.map((row) => row.map((value, i) => ofJson(value, typeAt(expected, i))));
  const [a, b] = [wanted, came].map((list) => list.map((row) => JSON.stringify(row)));
  if (!a || !b) return undefined;
  if (!expected.ordered) [a, b].forEach((list) => list.sort());
  const at = a.findIndex((row, i) => row !== b[i]);
  return at < 0 ? undefined : `row ${at + 1}: ${a[at]} expected, ${b[at]} came`;
}

function differenceOfColumns(expected: readonly ResultColumn[], actual: readonly ResultColumn[]): string | undefined {
  const show = (columns: readonly ResultColumn[]) => columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  const [wanted, came] = [show(expected), show(actual)];
  return wanted === came ? undefined : `columns ${wanted} expected, ${came} came`;
}

function typeAt(result: TextResult, index: number): string {
  return result.columns[index]?.type ?? 'text';
}

export type Canonical = string | null | Canonical[];

const NUMBERS = /^(smallint|integer|oid)$/;
const FLOATS = /^(real|double precision)$/;
const NUMBER_TEXTS = /^(bigint|numeric(\(.*\))?|money)$/;

/** The canonical form of PostgreSQL's text. */
export function ofText(value: ArrayText, type: string): Canonical {
  if (value === null) return null;
  if (type.endsWith('[]')) return itemsOf(value).map((item) => ofText(item, elementType(type, item)));
  const text = String(value);
  if (FLOATS.test(type)) return `float ${canonicalFloat(text, type)}`;
  if (type === 'boolean') return text === 't' ? 'true' : 'false';
  if (type === 'json' || type === 'jsonb') return `json ${JSON.stringify(JSON.parse(text))}`;
  if (type === 'bytea') return Buffer.from(text.slice(2), 'hex').toString('base64');
  if (/^timestamp/.test(type)) return instantText(text, type);
  return text;
}

/** The canonical form of a JSON value; one of the wrong JSON type never equals any text. */
export function ofJson(value: unknown, type: string): Canonical {
  if (value === null) return null;
  if (type.endsWith('[]'))
    return Array.isArray(value) ? value.map((item) => ofJson(item, elementType(type, item))) : wrong(value);
  if (NUMBERS.test(type)) return typeof value === 'number' ? String(value) : wrong(value);
  if (FLOATS.test(type)) return ofFloat(value, type);
  if (NUMBER_TEXTS.test(type)) return typeof value === 'string' ? value : wrong(value);
  if (type === 'boolean') return typeof value === 'boolean' ? String(value) : wrong(value);
  if (type === 'json' || type === 'jsonb') return `json ${JSON.stringify(value)}`;
  return typeof value === 'string' ? value : wrong(value);
}

function ofFloat(value: unknown, type: string): Canonical {
  if (typeof value === 'number') return `float ${canonicalFloat(String(value), type)}`;
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? `float ${value}` : wrong(value);
}

/** `1e+20` and `100000000000000000000` are one number. A float4 is compared as the float4 that it is. */
function canonicalFloat(text: string, type: string): string {
  const number = Number(text);
  return String(type === 'real' ? Math.fround(number) : number);
}

/** `2024-02-29 13:00:00+00` reads `2024-02-29T13:00:00Z` in the API; infinity and years before Christ as printed. */
function instantText(text: string, type: string): string {
  if (!/^\d+-\d\d-\d\d \d\d:/.test(text) || text.endsWith(' BC')) return text;
  const joined = text.replace(' ', 'T');
  return type.includes('with time zone') ? joined.replace(/\+00$/, 'Z') : joined;
}

function itemsOf(value: ArrayText): ArrayText[] {
  return Array.isArray(value) ? value : parseArrayText(String(value));
}

/** Inner arrays of a multidimensional array have the type of the whole. */
function elementType(type: string, item: unknown): string {
  return Array.isArray(item) ? type : type.slice(0, -2);
}

function wrong(value: unknown): string {
  return `wrong JSON type ${JSON.stringify(value)}`;
}
