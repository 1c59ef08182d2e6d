import type { CatalogColumn, CatalogForeignKey, CatalogTable, CatalogTableKind } from '../catalog';
import type { ColumnRow, EnumRow, KeyRow, TableRow } from './introspection-rows';

const KINDS: Record<TableRow['kind'], CatalogTableKind> = {
  r: 'table',
  p: 'partitioned-table',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign-table',
};

/** The tables of a catalogue out of the rows of PostgreSQL's own. Tables without a readable column fall out. */
export function assembleTables(
  tables: TableRow[],
  columns: ColumnRow[],
  keys: KeyRow[],
  enums: EnumRow[],
): CatalogTable[] {
  const labelsOf = enumLabels(enums);
  const columnsOf = groupBy(columns, (column) => column.tableId);
  const keysOf = groupBy(keys, (key) => key.tableId);
  const readable = new Map(tables.filter(({ id }) => columnsOf.has(id)).map((table) => [table.id, table]));
  const nameOf = (tableId: string, number: number) =>
    columnsOf.get(tableId)?.find((column) => column.number === number)?.name;

  return [...readable.values()].map((table) => ({
    schema: table.schema,
    name: table.name,
    kind: KINDS[table.kind],
    comment: table.comment,
    columns: (columnsOf.get(table.id) ?? []).map((column) => columnOf(column, labelsOf(column.typeId))),
    ...keysOfTable(keysOf.get(table.id) ?? [], readable, nameOf),
    estimatedRows: Math.round(Number(table.estimatedRows)),
    ...(table.hiddenColumns > 0 && { hiddenColumns: table.hiddenColumns }),
  }));
}

function columnOf(row: ColumnRow, enumValues: string[] | undefined): CatalogColumn {
  return {
    name: row.name,
    type: row.type,
    nullable: !row.notNull,
    comment: row.comment,
    ...(enumValues && { enumValues }),
    ...generationOf(row),
  };
}

function generationOf(row: ColumnRow): Pick<CatalogColumn, 'generated'> {
  if (row.identity !== '') return { generated: 'identity' };
  if (row.generated === '') return {};
  return { generated: row.generated === 's' ? 'stored' : 'virtual' };
}

/** Keys that name a column or table the role may not read would point into nothing; they are left out. */
function keysOfTable(
  keys: KeyRow[],
  readable: ReadonlyMap<string, TableRow>,
  nameOf: (tableId: string, number: number) => string | undefined,
): Pick<CatalogTable, 'primaryKey' | 'foreignKeys'> {
  const names = (tableId: string, numbers: number[]) => complete(numbers.map((number) => nameOf(tableId, number)));
  const primary = keys.find(({ kind }) => kind === 'p');
  const foreignKeys = keys
    .filter(({ kind }) => kind === 'f')
    .flatMap((key): CatalogForeignKey[] => {
      const target = readable.get(key.targetId);
      const [columns, references] = [names(key.tableId, key.columns), names(key.targetId, key.references ?? [])];
      return target && columns && references
        ? [{ columns, schema: target.schema, table: target.name, references }]
        : [];
    });
  return { primaryKey: (primary && names(primary.tableId, primary.columns)) ?? [], foreignKeys };
}

function complete(names: (string | undefined)[]): string[] | undefined {
  const known = names.filter((name) => name !== undefined);
  return known.length === names.length ? known : undefined;
}

/** Labels of an enum, also through domains and arrays of it. */
function enumLabels(rows: EnumRow[]): (typeId: string) => string[] | undefined {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const labelsOf = (id: string, depth = 0): string[] | undefined => {
    const row = byId.get(id);
    if (!row || depth > 32) return undefined;
    return row.labels ?? labelsOf(row.madeOf, depth + 1);
  };
  return labelsOf;
}

function groupBy<T>(rows: T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}
