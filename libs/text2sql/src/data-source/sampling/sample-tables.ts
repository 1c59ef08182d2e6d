import { DatabaseError, escapeIdentifier } from 'pg';
import type { Catalog, CatalogColumn, CatalogTable } from '../catalog';
import type { SampleValues } from '../data-source.record';
import { beginReadOnly, END_READ_ONLY } from '../read-only-session';
import type { SourceClient } from '../source-client';
import { chooseSamples } from './choose-samples';
import { hasSensitiveName } from './sensitive-name';

/** Time for all tables together; what is not sampled by then has no samples, and a finding says so. */
const BUDGET_MS = 15_000;
const STATEMENT_TIMEOUT_MS = 1000;
/** A view may compute anything before its first row. */
const VIEW_TIMEOUT_MS = 300;
const ROWS = 1000;
/** From here on pages are picked over the whole table: its first ones may be its oldest. */
const BIG_TABLE_ROWS = 50_000;
const CUT_AT = 121;

export interface Sampling {
  readonly catalog: Catalog;
  /** Tables of which nothing could be read in time. */
  readonly missed: number;
}

type Row = Record<string, string | null>;

/** The catalogue with sample values. Each table costs one short, bounded query; one that fails costs only its samples. */
export async function sampleCatalog(
  client: SourceClient,
  catalog: Catalog,
  mode: SampleValues,
  budgetMs = BUDGET_MS,
): Promise<Sampling> {
  const deadline = performance.now() + budgetMs;
  const tables: CatalogTable[] = [];
  let missed = 0;
  for (const table of inOrderOfUse(catalog.tables)) {
    const columns = columnsToSample(table, mode);
    const rows =
      columns.length === 0
        ? []
        : performance.now() < deadline
          ? await readRows(client, table, columns, catalog)
          : undefined;
    if (rows === undefined) missed++;
    tables.push({
      ...table,
      columns: table.columns.map((column) => withSamples(table, column, columns, rows ?? [], mode)),
    });
  }
  const place = new Map(catalog.tables.map((table, index) => [nameOf(table), index]));
  tables.sort((a, b) => (place.get(nameOf(a)) ?? 0) - (place.get(nameOf(b)) ?? 0));
  return { catalog: { ...catalog, tables }, missed };
}

/** Tables before views, so that an expensive view takes no time from them. */
function inOrderOfUse(tables: readonly CatalogTable[]): CatalogTable[] {
  const isView = (table: CatalogTable) => (table.kind === 'view' ? 1 : 0);
  return [...tables].sort((a, b) => isView(a) - isView(b));
}

/** In `safe` texts only: numbers and dates tell the model nothing that their type does not. A foreign table costs its server. */
function columnsToSample(table: CatalogTable, mode: SampleValues): CatalogColumn[] {
  if (mode === 'off' || table.kind === 'foreign-table') return [];
  return table.columns.filter((column) => {
    if (column.enumValues) return false;
    if (mode === 'all') return !/^(bytea|json|jsonb|xml|tsvector)\b/.test(column.type);
    return isText(column) && !hasSensitiveName({ table: table.name, ...column });
  });
}

/** Whether a column holds plain text. */
export function isText({ type }: CatalogColumn): boolean {
  return /^(text|character|character varying|citext|name|"char")(\(\d+\))?$/.test(type);
}

function withSamples(
  table: CatalogTable,
  column: CatalogColumn,
  sampled: CatalogColumn[],
  rows: Row[],
  mode: SampleValues,
): CatalogColumn {
  const place = sampled.indexOf(column);
  const values = place < 0 ? [] : rows.map((row) => row[`c${place}`] ?? null);
  const { samples, sensitive } = chooseSamples(
    { table: table.name, name: column.name, comment: column.comment, values },
    mode,
  );
  return { ...column, ...(samples && { samples }), ...(sensitive && { sensitive }) };
}

/** Undefined when the table could not be read in time. */
async function readRows(
  client: SourceClient,
  table: CatalogTable,
  columns: CatalogColumn[],
  { schemas }: Catalog,
): Promise<Row[] | undefined> {
  const statementTimeoutMs = table.kind === 'view' ? VIEW_TIMEOUT_MS : STATEMENT_TIMEOUT_MS;
  const begin = beginReadOnly({ schemas, timeZone: 'UTC', statementTimeoutMs }, client);
  try {
    const results = await client.say<Row>(`${begin};${sampleQuery(table, columns)};${END_READ_ONLY}`);
    return results.at(-2) ?? [];
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    await client.say(END_READ_ONLY);
    return undefined;
  }
}

/** Exported for its spec. */
export function sampleQuery(table: CatalogTable, columns: readonly CatalogColumn[]): string {
  const list = columns.map(
    ({ name }, index) => `pg_catalog.left(${escapeIdentifier(name)}::pg_catalog.text, ${CUT_AT}) AS c${index}`,
  );
  const isBig = table.estimatedRows > BIG_TABLE_ROWS && table.kind !== 'view';
  const percent = Math.max(0.01, (ROWS * 300) / table.estimatedRows).toFixed(4);
  const source = `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}`;
  return `SELECT ${list.join(', ')} FROM ${source}${isBig ? ` TABLESAMPLE SYSTEM (${percent}) REPEATABLE (1)` : ''} LIMIT ${ROWS}`;
}

function nameOf({ schema, name }: CatalogTable): string {
  return JSON.stringify([schema, name]);
}
