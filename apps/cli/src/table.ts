import { cutToWidth, displayWidth, padToWidth } from './display-width';

export interface TableColumn {
  readonly name: string;
  readonly type: string;
}

const WIDEST = 60;
const NUMERIC = /^(smallint|integer|bigint|numeric|real|double precision|money|oid)/;

/** Rows as a table for a terminal. */
export function tableOf(columns: readonly TableColumn[], rows: readonly (readonly unknown[])[]): string {
  const head = columns.map(({ name }) => cellText(name));
  const body = rows.map((row) => columns.map((_, index) => cellText(row[index])));
  const widths = columns.map((_, index) =>
    Math.max(1, ...[head, ...body].map((cells) => displayWidth(cells[index] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) =>
        padToWidth(cell, widths[index] ?? 0, NUMERIC.test(columns[index]?.type ?? '') ? 'right' : 'left'),
      )
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}

/** One value in one line. A value may come from anywhere, so nothing in it may steer the terminal. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return cutToWidth(printable(text.replace(/\s+/g, ' ')), WIDEST);
}

/** Control characters, and marks that reverse or hide text, are shown as what they are. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (character) => {
      const code = character.codePointAt(0) ?? 0;
      return `\\u${code.toString(16).padStart(4, '0')}`;
    },
  );
}
