import { xlsxChunks } from '../presentation/xlsx/xlsx-chunks';
import { splitRow } from '../presentation/split-row';
import type { AnswerColumn } from './answer';

export const ROW_FORMATS = ['json', 'csv', 'ndjson', 'xlsx'] as const;

export type RowFormat = (typeof ROW_FORMATS)[number];

const MEDIA_TYPES: Record<RowFormat, string> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

export interface RowTable {
  readonly columns: readonly AnswerColumn[];
  readonly rows: readonly string[];
  readonly rowCount: number;
  readonly truncated: boolean;
}

/** A result as a stream of text or bytes. */
export interface RowStream {
  readonly mediaType: string;
  readonly fileName: string;
  /** What the rows answer: a name for people. */
  readonly title: string;
  readonly chunks: Iterable<string | Uint8Array>;
}

/** How a result is named and begun. */
export interface RowStreamOptions {
  /** In ASCII, without an ending. */
  readonly name: string;
  readonly title: string;
  /** CSV begins with a byte order mark, by which Excel knows UTF-8. */
  readonly bom?: boolean;
}

const BOM = '\ufeff';

/** Rows pass through as text: no number in them is ever parsed. */
export function rowStream(
  table: RowTable,
  format: RowFormat,
  { name, title, bom = false }: RowStreamOptions,
): RowStream {
  const csv = (rows: RowTable) => csvChunks(rows, bom);
  const chunks = { json: jsonChunks, csv, ndjson: ndjsonChunks, xlsx: xlsxChunks }[format](table);
  return { mediaType: MEDIA_TYPES[format], fileName: `${name}.${format}`, title, chunks };
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
function* csvChunks({ columns, rows }: RowTable, bom: boolean): Generator<string> {
  yield `${bom ? BOM : ''}${columns.map(({ name }) => csvField(name)).join(',')}\r\n`;
  for (const row of rows) yield `${splitRow(row).map(csvValue).join(',')}\r\n`;
}

function csvValue(json: string): string {
  if (json === 'null') return '';
  return csvField(json.startsWith('"') ? (JSON.parse(json) as string) : json);
}

function csvField(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
