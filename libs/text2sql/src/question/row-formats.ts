import type { AnswerColumn } from './answer';

export const ROW_FORMATS = ['json', 'csv', 'ndjson'] as const;

export type RowFormat = (typeof ROW_FORMATS)[number];

const MEDIA_TYPES: Record<RowFormat, string> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

export interface RowTable {
  readonly columns: readonly AnswerColumn[];
  readonly rows: readonly string[];
  readonly rowCount: number;
  readonly truncated: boolean;
}

/** A result as a stream of text. */
export interface RowStream {
  readonly mediaType: string;
  readonly fileName: string;
  readonly chunks: Iterable<string>;
}

/** Rows pass through as text: no number in them is ever parsed. */
export function rowStream(table: RowTable, format: RowFormat, name: string): RowStream {
  const chunks = { json: jsonChunks, csv: csvChunks, ndjson: ndjsonChunks }[format](table);
  return { mediaType: MEDIA_TYPES[format], fileName: `${name}.${format}`, chunks };
}

function* jsonChunks({ columns, rows, rowCount, truncated }: RowTable): Generator<string> {
  yield `{"columns":${JSON.stringify(columns)},"rowCount":${rowCount},"truncated":${truncated},"rows":[`;
  for (const [index, row] of rows.entries()) yield index === 0 ? row : `,${row}`;
  yield ']}';
}

function* ndjsonChunks({ rows }: RowTable): Generator<string> {
  for (const row of rows) yield `${row}\n`;
}

/** RFC 4180, with a header. NULL is an empty field, an empty text is `""`. */
function* csvChunks({ columns, rows }: RowTable): Generator<string> {
  yield `${columns.map(({ name }) => csvField(name)).join(',')}\r\n`;
  for (const row of rows) yield `${splitRow(row).map(csvValue).join(',')}\r\n`;
}

function csvValue(json: string): string {
  if (json === 'null') return '';
  return csvField(json.startsWith('"') ? (JSON.parse(json) as string) : json);
}

function csvField(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The values of a row's JSON array, each as it stands there. */
export function splitRow(row: string): string[] {
  const values: string[] = [];
  let start = 1;
  let depth = 0;
  let isText = false;
  for (let at = 1; at < row.length - 1; at++) {
    const sign = row[at];
    if (isText) {
      if (sign === '\\') at++;
      else if (sign === '"') isText = false;
    } else if (sign === '"') isText = true;
    else if (sign === '[' || sign === '{') depth++;
    else if (sign === ']' || sign === '}') depth--;
    else if (sign === ',' && depth === 0) {
      values.push(row.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = row.slice(start, -1).trim();
  return last === '' && values.length === 0 ? [] : [...values, last];
}
