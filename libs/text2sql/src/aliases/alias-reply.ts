import { textFault } from '@memori/text';
import { DEFAULT_LANGUAGES } from './alias-languages';
import type { AliasReference } from './alias-request';

const MOST_NAMES = 8;
/** A longer name describes. */
export const MOST_CHARACTERS = 60;

/** What a table (column: empty) or a column is called in one language. */
export interface AliasRow {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly language: string;
  readonly aliases: readonly string[];
}

/** By language. */
type Names = Readonly<Record<string, unknown>>;

interface AliasReply {
  readonly tables: readonly (Names & {
    readonly table: string;
    readonly columns: readonly (Names & { readonly name: string })[];
  })[];
}

/** The usable part of a reply: about what was asked about, each name once, short and readable. */
export function aliasRows(json: unknown, { pieces, languages = DEFAULT_LANGUAGES }: AliasReference): AliasRow[] {
  const { tables } = json as AliasReply;
  const said = new Map(tables.map((table) => [table.table, table]));
  return pieces.flatMap((piece) => {
    const table = said.get(`${piece.schema}.${piece.table}`);
    if (!table) return [];
    const columns = new Map(table.columns.map((column) => [column.name, column]));
    const known = piece.columns.flatMap((name) => columns.get(name) ?? []);
    const own = piece.part === 0 ? rowsOf(piece, '', table, languages) : [];
    return [...own, ...known.flatMap((column) => rowsOf(piece, column.name, column, languages))];
  });
}

function rowsOf(
  { schema, table }: { schema: string; table: string },
  column: string,
  names: Names,
  languages: readonly string[],
): AliasRow[] {
  return languages.flatMap((language) => {
    const said = names[language];
    const aliases = Array.isArray(said) ? cleaned(said) : [];
    return aliases.length > 0 ? [{ schema, table, column, language, aliases }] : [];
  });
}

function cleaned(names: readonly unknown[]): string[] {
  const texts = names.filter((name) => typeof name === 'string');
  const trimmed = texts.map((name) => name.normalize('NFKC').replaceAll(/\s+/gu, ' ').trim());
  const usable = trimmed.filter((name) => name !== '' && name.length <= MOST_CHARACTERS && !textFault(name));
  return [...new Set(usable)].slice(0, MOST_NAMES);
}
