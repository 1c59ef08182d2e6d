import { createHash } from 'node:crypto';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import { DEFAULT_LANGUAGES } from './alias-languages';

/** One request describes so many tables, and so many columns, at most: the reply must fit as well. */
const MOST_TABLES = 60;
const MOST_COLUMNS = 100;
/** A wide table comes in parts. */
const COLUMNS_OF_A_PART = 50;
const MOST_COMMENT = 200;

/** A table, or a part of a wide one, as the model is shown it. */
export interface TablePiece {
  readonly schema: string;
  readonly table: string;
  readonly part: number;
  readonly columns: readonly string[];
  /** Hash of what is shown and of the languages asked for: a table is described again when it changed, and only then. */
  readonly shape: string;
  /** One line of JSON. Names, types and comments; never a value. */
  readonly line: string;
}

/** What of a catalogue is worth describing. */
export function piecesOf(catalog: Catalog, languages: readonly string[] = DEFAULT_LANGUAGES): TablePiece[] {
  // What was described in the default languages stays described: its shape is that of its line alone.
  const asked = languages.join() === DEFAULT_LANGUAGES.join() ? '' : languages.join();
  return catalog.tables.flatMap((table) => {
    const parts = Math.max(1, Math.ceil(table.columns.length / COLUMNS_OF_A_PART));
    return Array.from({ length: parts }, (_, part) => pieceOf(table, part, asked));
  });
}

function pieceOf(table: CatalogTable, part: number, languages: string): TablePiece {
  const columns = table.columns.slice(part * COLUMNS_OF_A_PART, (part + 1) * COLUMNS_OF_A_PART);
  const line = JSON.stringify({
    table: `${table.schema}.${table.name}`,
    ...commentOf(table.comment),
    columns: columns.map(({ name, type, comment }) => ({ name, type, ...commentOf(comment) })),
  });
  const shape = createHash('sha256')
    .update(line + languages)
    .digest('hex')
    .slice(0, 32);
  return { schema: table.schema, table: table.name, part, columns: columns.map(({ name }) => name), shape, line };
}

function commentOf(comment: string | null): { comment?: string } {
  return comment ? { comment: comment.slice(0, MOST_COMMENT) } : {};
}

/** Pieces by request, in the order of the catalogue. `tokensOf` counts a line, `room` is what the lines may come to. */
export function chunksOf(
  pieces: readonly TablePiece[],
  tokensOf: (line: string) => number,
  room: number,
): TablePiece[][] {
  const chunks: TablePiece[][] = [];
  let [columns, tokens] = [0, 0];
  for (const piece of pieces) {
    const cost = tokensOf(piece.line);
    const current = chunks.at(-1);
    const fits =
      current &&
      current.length < MOST_TABLES &&
      columns + piece.columns.length <= MOST_COLUMNS &&
      tokens + cost <= room;
    if (fits) current.push(piece);
    else chunks.push([piece]);
    [columns, tokens] = fits ? [columns + piece.columns.length, tokens + cost] : [piece.columns.length, cost];
  }
  return chunks;
}
