import { textFault } from '@memori/text';
import { ALIAS_LANGUAGES, type AliasLanguage, type AliasReference } from './alias-request';

const MOST_NAMES = 8;
const MOST_CHARACTERS = 60;

/** What a table (column: empty) or a column is called in one language. */
export interface AliasRow {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly language: AliasLanguage;
  readonly aliases: readonly string[];
}

type Names = Readonly<Record<AliasLanguage, readonly string[]>>;

interface AliasReply {
  readonly tables: readonly (Names & {
    readonly table: string;
    readonly columns: readonly (Names & { readonly name: string })[];
  })[];
}

/** The usable part of a reply: about what was asked about, each name once, short and readable. */
export function aliasRows(json: unknown, { pieces }: AliasReference): AliasRow[] {
  const { tables } = json as AliasReply;
  const said = new Map(tables.map((table) => [table.table, table]));
  return pieces.flatMap((piece) => {
    const table = said.get(`${piece.schema}.${piece.table}`);
    if (!table) return [];
    const columns = new Map(table.columns.map((column) => [column.name, column]));
    const known = piece.columns.flatMap((name) => columns.get(name) ?? []);
    const own = piece.part === 0 ? rowsOf(piece, '', table) : [];
    return [...own, ...known.flatMap((column) => rowsOf(piece, column.name, column))];
  });
}

function rowsOf({ schema, table }: { schema: string; table: string }, column: string, names: Names): AliasRow[] {
  return ALIAS_LANGUAGES.flatMap((language) => {
    const aliases = cleaned(names[language]);
    return aliases.length > 0 ? [{ schema, table, column, language, aliases }] : [];
  });
}

function cleaned(names: readonly string[]): string[] {
  const trimmed = names.map((name) => name.normalize('NFKC').replaceAll(/\s+/gu, ' ').trim());
  const usable = trimmed.filter((name) => name !== '' && name.length <= MOST_CHARACTERS && !textFault(name));
  return [...new Set(usable)].slice(0, MOST_NAMES);
}
