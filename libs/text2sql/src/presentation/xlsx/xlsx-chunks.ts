import { Zip, ZipDeflate } from 'fflate';
import { splitRow } from '../split-row';
import { cellOf, columnLetters, STYLE, textCell } from './xlsx-cells';
import { FIXED_PARTS, SHEET_END, SHEET_HEAD, SHEET_PATH } from './xlsx-parts';

/** Rows that are packed at a time: what lies in memory beside the rows themselves. */
const ROWS_AT_ONCE = 200;
/** The same rows make the same file. */
const MODIFIED = '2000-01-01T00:00:00';

export interface SheetTable {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly string[];
}

/**
 * A workbook of one sheet, packed while it is read. Texts are texts, never formulas; numbers are numbers where Excel
 * keeps all their digits, else texts; dates are dates; a text longer than a cell holds is cut, and says so.
 */
export function* xlsxChunks({ columns, rows }: SheetTable): Generator<Uint8Array> {
  const packed: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    packed.push(chunk);
  });
  const encoder = new TextEncoder();
  const begin = (path: string) => {
    const file = new ZipDeflate(path, { level: 6 });
    file.mtime = MODIFIED;
    zip.add(file);
    return (text: string, isLast: boolean) => file.push(encoder.encode(text), isLast);
  };
  for (const [path, text] of Object.entries(FIXED_PARTS)) begin(path)(text, true);
  const write = begin(SHEET_PATH);
  const letters = columns.map((_, index) => columnLetters(index));
  const header = columns.map(({ name }, index) => textCell(`${letters[index]}1`, name, STYLE.header));
  write(`${SHEET_HEAD}<row r="1">${header.join('')}</row>`, false);
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const some = rows.slice(at, at + ROWS_AT_ONCE);
    write(some.map((row, index) => rowOf(at + index + 2, row, columns, letters)).join(''), false);
    yield* packed.splice(0);
  }
  write(SHEET_END, true);
  zip.end();
  yield* packed;
}

/** `number` counts from 1, the header included. */
function rowOf(number: number, row: string, columns: SheetTable['columns'], letters: readonly string[]): string {
  const cells = splitRow(row).map((value, index) => {
    return cellOf(`${letters[index]}${number}`, value, columns[index]?.type ?? 'text');
  });
  return `<row r="${number}">${cells.join('')}</row>`;
}
