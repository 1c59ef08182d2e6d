import type { Catalog, CatalogColumn, CatalogTable } from '../data-source/catalog';
import { breaksLines, sqlName } from './identifiers';
import { quoted } from './quoted';
import { hasFields, typeText } from './type-text';

/** How much is told about each table. What says least about the structure goes first. */
export type SchemaDetail = 'full' | 'without-samples' | 'names-and-types';

const MOST_ENUM_VALUES = 30;
const MOST_SAMPLES = 5;
const KINDS: Record<CatalogTable['kind'], string> = {
  table: 'TABLE',
  'partitioned-table': 'TABLE',
  view: 'VIEW',
  'materialized-view': 'MATERIALIZED VIEW',
  'foreign-table': 'FOREIGN TABLE',
};
/** How tables are named in SQL: with more than one schema, only qualified names are certain. */
export function tableName(catalog: Catalog, table: { schema: string; name: string }): string {
  return catalog.schemas.length > 1 ? `${sqlName(table.schema)}.${sqlName(table.name)}` : sqlName(table.name);
}

/** Written once per catalogue: a schema of a thousand tables comes again with every question. */
const written = new WeakMap<CatalogTable, Partial<Record<SchemaDetail, string>>>();

/** One table as compact DDL. The same catalogue gives the same text, byte for byte: prompt caches live on it. */
export function tableText(catalog: Catalog, table: CatalogTable, detail: SchemaDetail): string {
  const known = written.get(table) ?? {};
  written.set(table, known);
  return (known[detail] ??= tableTextOf(catalog, table, detail, table.columns));
}

/** The same with some of its columns. */
export function tableTextOf(
  catalog: Catalog,
  table: CatalogTable,
  detail: SchemaDetail,
  columns: readonly CatalogColumn[],
): string {
  const comment = detail !== 'names-and-types' && table.comment ? ` -- ${quoted(table.comment)}` : '';
  const shown = columns.filter(({ name }) => !breaksLines(name));
  const keys = table.foreignKeys.filter(
    (key) => ![key.schema, key.table, ...key.columns, ...key.references].some(breaksLines),
  );
  const lines = shown.map((column) => `  ${columnText(catalog, { ...table, foreignKeys: keys }, column, detail)}`);
  for (const key of keys.filter(({ columns: parts }) => parts.length > 1)) {
    lines.push(
      `  FOREIGN KEY (${names(key.columns)}) REFERENCES ${tableName(catalog, { schema: key.schema, name: key.table })} (${names(key.references)})`,
    );
  }
  if (table.primaryKey.length > 1) lines.push(`  PRIMARY KEY (${names(table.primaryKey)})`);
  if (table.hiddenColumns) lines.push('  -- other columns may not be read: name the columns, never *');
  const hidden = table.columns.length - columns.length;
  if (hidden > 0) lines.push(`  -- ${hidden} more columns are not shown`);
  return `${KINDS[table.kind]} ${tableName(catalog, table)} (${comment}\n${lines.join('\n')}\n)`;
}

/** Tables that a prompt can show: a name with a line break in it would break the layout. */
export function showableTables(catalog: Catalog): CatalogTable[] {
  return catalog.tables.filter(({ schema, name }) => !breaksLines(schema) && !breaksLines(name));
}

function columnText(catalog: Catalog, table: CatalogTable, column: CatalogColumn, detail: SchemaDetail): string {
  const parts = [sqlName(column.name), typeText(catalog, column.type)];
  if (table.primaryKey.length === 1 && table.primaryKey[0] === column.name) parts.push('PRIMARY KEY');
  for (const key of table.foreignKeys) {
    if (key.columns.length !== 1 || key.columns[0] !== column.name) continue;
    parts.push(`REFERENCES ${tableName(catalog, { schema: key.schema, name: key.table })} (${names(key.references)})`);
  }
  const notes = columnNotes(catalog, column, detail);
  return notes.length > 0 ? `${parts.join(' ')} -- ${notes.join('; ')}` : parts.join(' ');
}

function columnNotes(catalog: Catalog, column: CatalogColumn, detail: SchemaDetail): string[] {
  const notes: string[] = [];
  if (hasFields(catalog, column.type)) notes.push(`fields are written (${sqlName(column.name)}).field`);
  if (detail !== 'names-and-types' && column.comment) notes.push(quoted(column.comment));
  // Labels are part of the type: SQL that compares with another label fails.
  if (column.enumValues?.length) notes.push(`one of ${list(column.enumValues, MOST_ENUM_VALUES)}`);
  if (detail === 'full' && column.samples?.length) notes.push(`e.g. ${list(column.samples, MOST_SAMPLES)}`);
  return notes;
}

function list(values: readonly string[], most: number): string {
  const shown = values.slice(0, most).map((value) => quoted(value, 60));
  return shown.join(', ') + (values.length > most ? `, … (${values.length} in all)` : '');
}

function names(columns: readonly string[]): string {
  return columns.map(sqlName).join(', ');
}
