import { FieldChecks } from '@memori/session';
import { textFault } from '@memori/text';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import { MOST_CHARACTERS } from './alias-reply';
import type { AliasEdit } from './alias.repository';

/** A person knows more names than the model is asked for. */
const MOST_NAMES = 30;
const MOST_TABLES = 500;

/** What a person calls a table and its columns. Absent stays; null takes back what a person said before. */
export interface AliasLine {
  readonly schema: string;
  readonly table: string;
  readonly aliases?: readonly string[] | null;
  readonly columns?: Readonly<Record<string, unknown>> | null;
}

/** The edits that some lines ask for. Throws what is wrong with them, place by place. */
export function aliasEdits(lines: readonly AliasLine[], catalog: Catalog): AliasEdit[] {
  const checks = new FieldChecks();
  const tables = new Map(catalog.tables.map((table) => [placeOf(table.schema, table.name), table]));
  if (lines.length === 0 || lines.length > MOST_TABLES) checks.add('/items', `must be 1 to ${MOST_TABLES} tables`);
  const seen = new Set<string>();
  const edits = lines.slice(0, MOST_TABLES).flatMap((line, index) => {
    const place = placeOf(line.schema, line.table);
    const table = tables.get(place);
    if (!table) checks.add(`/items/${index}/table`, 'is no table or view of this data source');
    if (seen.has(place)) checks.add(`/items/${index}/table`, 'is named twice');
    seen.add(place);
    return table ? editsOf(line, table, `/items/${index}`, checks) : [];
  });
  checks.throwIfAny();
  return edits;
}

function editsOf(line: AliasLine, table: CatalogTable, at: string, checks: FieldChecks): AliasEdit[] {
  const { schema, name } = table;
  const edit = (column: string, value: unknown, pointer: string): AliasEdit => {
    return { schema, table: name, column, aliases: namesOf(value, pointer, checks) };
  };
  const own = line.aliases === undefined ? [] : [edit('', line.aliases, `${at}/aliases`)];
  const columns = Object.entries(line.columns ?? {}).flatMap(([column, value]) => {
    const pointer = `${at}/columns/${column.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (table.columns.some((known) => known.name === column)) return [edit(column, value, pointer)];
    checks.add(pointer, 'is no column of this table');
    return [];
  });
  return [...own, ...columns];
}

function namesOf(value: unknown, pointer: string, checks: FieldChecks): string[] | null {
  if (value === null) return null;
  if (!Array.isArray(value) || value.length > MOST_NAMES) {
    checks.add(pointer, `must be a list of at most ${MOST_NAMES} names, or null`);
    return null;
  }
  const names = value.map((name: unknown, index) => {
    const plain =
      typeof name === 'string' && !textFault(name) ? name.normalize('NFKC').replaceAll(/\s+/gu, ' ').trim() : name;
    checks.text(`${pointer}/${index}`, plain, MOST_CHARACTERS);
    return String(plain);
  });
  return [...new Set(names)];
}

/** Names one table. */
export function placeOf(schema: string, table: string): string {
  return JSON.stringify([schema, table]);
}
