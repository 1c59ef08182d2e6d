import type { ColumnType } from '../column-types';
import { type ArrayItem, parseArrayText } from './array-text';
import { compactJson } from './json-text';
import { isoTimestamp } from './time-text';

/** Turns a value in PostgreSQL's text form into JSON text. */
export type Render = (text: string) => string;

const quoted: Render = (text) => JSON.stringify(text);
const asPrinted: Render = (text) => text;
/** JSON knows no NaN and no infinity; every other number of PostgreSQL is one of JSON too. */
const float: Render = (text) => (/^-?\d/.test(text) ? text : quoted(text));
const boolean: Render = (text) => (text === 't' ? 'true' : 'false');
const timestamp: Render = (text) => quoted(isoTimestamp(text));
const bytes: Render = (text) => quoted(Buffer.from(text.slice(2), 'hex').toString('base64'));

/** By object id of a built-in type, which no server changes. All others are quoted text. */
const BY_TYPE: ReadonlyMap<number, Render> = new Map([
  [16, boolean],
  [17, bytes],
  [21, asPrinted], // int2
  [23, asPrinted], // int4
  [26, asPrinted], // oid
  [114, compactJson],
  [3802, compactJson], // jsonb
  [700, float],
  [701, float],
  [1114, timestamp],
  [1184, timestamp],
]);

/** How values of a type are rendered: domains as what they are made of, arrays element by element. */
export function rendererOf(type: ColumnType): Render {
  const { element } = type;
  if (!element) return BY_TYPE.get(type.baseId) ?? quoted;
  const render = rendererOf(element);
  return (text) => arrayJson(parseArrayText(text, type.delimiter), render);
}

function arrayJson(items: ArrayItem[], render: Render): string {
  const rendered = items.map((item) => {
    if (item === null) return 'null';
    return typeof item === 'string' ? render(item) : arrayJson(item, render);
  });
  return `[${rendered.join(',')}]`;
}

/** One row as a JSON array. */
export function renderRow(row: readonly (string | null)[], renderers: readonly Render[]): string {
  const cells = row.map((value, index) => (value === null ? 'null' : (renderers[index] ?? quoted)(value)));
  return `[${cells.join(',')}]`;
}
