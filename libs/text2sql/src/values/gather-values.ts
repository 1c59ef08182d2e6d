import { DatabaseError, escapeIdentifier } from 'pg';
import type { Catalog, CatalogColumn, CatalogTable } from '../data-source/catalog';
import type { SampleValues } from '../data-source/data-source.record';
import { beginReadOnly, END_READ_ONLY } from '../data-source/read-only-session';
import type { SourceClient } from '../data-source/source-client';
import { columnsOfValues, MAX_VALUE_LENGTH, valuesToKeep } from './value-columns';

/** Time for all tables together; what is not read by then keeps the values of the last time, and a finding says so. */
const BUDGET_MS = 20_000;
const STATEMENT_TIMEOUT_MS = 2000;
/** A view may compute anything before its first row. */
const VIEW_TIMEOUT_MS = 300;
/** Of a bigger table some pages are read, spread over all of it. */
const MOST_ROWS = 100_000;
const MOST_VALUES_OF_COLUMN = 2000;
const MOST_VALUES = 200_000;
const MOST_CHARACTERS = 8_000_000;
/** Columns read by one statement. */
const MOST_COLUMNS = 16;

/** The different values of one column, the most frequent first. */
export interface ColumnValues {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly values: readonly string[];
  /** Whether these are all that it holds. */
  readonly isComplete: boolean;
}

export interface GatheredValues {
  readonly columns: readonly ColumnValues[];
  /** Tables that could not be read within the bounds, or not wholly: their columns may keep what they had. */
  readonly missed: readonly { readonly schema: string; readonly table: string; readonly columns: readonly string[] }[];
}

interface Row {
  /** The number of the column; -1: `rows` is what was read of the table. */
  readonly n: number;
  readonly v: string | null;
  readonly rows: number;
}

/** Reads the different values of text columns, a short, bounded, read-only query for a few columns each. */
export async function gatherValues(
  client: SourceClient,
  catalog: Catalog,
  mode: SampleValues,
  budgetMs = BUDGET_MS,
): Promise<GatheredValues> {
  const deadline = performance.now() + budgetMs;
  const columns: ColumnValues[] = [];
  const missed: { schema: string; table: string; columns: string[] }[] = [];
  let [values, characters] = [0, 0];
  for (const { table, chosen } of piecesOf(catalog, mode)) {
    const hasRoom = performance.now() < deadline && values < MOST_VALUES && characters < MOST_CHARACTERS;
    const read = hasRoom ? await readPiece(client, table, chosen, catalog) : undefined;
    const { schema, name } = table;
    if (!read) missed.push({ schema, table: name, columns: chosen.map((column) => column.name) });
    for (const each of read ? keptOf(table, chosen, read, mode) : []) {
      columns.push(each);
      values += each.values.length;
      characters += each.values.reduce((sum, value) => sum + value.length, 0);
    }
  }
  return { columns, missed };
}

/** Small tables first: what takes the time that is left is then the fewest. Views last. */
function piecesOf(catalog: Catalog, mode: SampleValues): { table: CatalogTable; chosen: CatalogColumn[] }[] {
  const weight = (table: CatalogTable) => (table.kind === 'view' ? Infinity : table.estimatedRows);
  const tables = [...catalog.tables].sort((a, b) => (weight(a) === weight(b) ? 0 : weight(a) - weight(b)));
  return tables.flatMap((table) => {
    const columns = columnsOfValues(table, mode);
    const count = Math.ceil(columns.length / MOST_COLUMNS);
    return Array.from({ length: count }, (_, at) => ({
      table,
      chosen: columns.slice(at * MOST_COLUMNS, (at + 1) * MOST_COLUMNS),
    }));
  });
}

/** Undefined when it could not be read in time. */
async function readPiece(
  client: SourceClient,
  table: CatalogTable,
  columns: readonly CatalogColumn[],
  { schemas }: Catalog,
): Promise<Row[] | undefined> {
  const statementTimeoutMs = table.kind === 'view' ? VIEW_TIMEOUT_MS : STATEMENT_TIMEOUT_MS;
  const begin = beginReadOnly({ schemas, timeZone: 'UTC', statementTimeoutMs }, client);
  try {
    const results = await client.say<Row>(`${begin};${valuesQuery(table, columns)};${END_READ_ONLY}`);
    return results.at(-2) ?? [];
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    await client.say(END_READ_ONLY);
    return undefined;
  }
}

function valuesQuery(table: CatalogTable, columns: readonly CatalogColumn[]): string {
  const list = columns.map(
    ({ name }, n) => `pg_catalog.left(${escapeIdentifier(name)}::pg_catalog.text, ${MAX_VALUE_LENGTH + 1}) AS c${n}`,
  );
  const counts = columns.map(
    (
      _,
      n,
    ) => `(SELECT ${n} AS n, c${n} AS v, pg_catalog.count(*)::pg_catalog.int4 AS rows FROM read WHERE c${n} IS NOT NULL
      GROUP BY c${n} ORDER BY pg_catalog.count(*) DESC, c${n} COLLATE "C" LIMIT ${MOST_VALUES_OF_COLUMN + 1})`,
  );
  const source = `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}${isBig(table) ? pagesOf(table) : ''}`;
  return `WITH read AS MATERIALIZED (SELECT ${list.join(', ')} FROM ${source} LIMIT ${MOST_ROWS})
    SELECT -1 AS n, NULL AS v, pg_catalog.count(*)::pg_catalog.int4 AS rows FROM read UNION ALL ${counts.join(' UNION ALL ')}`;
}

function isBig({ kind, estimatedRows }: CatalogTable): boolean {
  return estimatedRows > MOST_ROWS && kind !== 'view';
}

function pagesOf({ estimatedRows }: CatalogTable): string {
  const percent = Math.max(0.01, (MOST_ROWS * 100) / estimatedRows).toFixed(4);
  return ` TABLESAMPLE SYSTEM (${percent}) REPEATABLE (1)`;
}

function keptOf(
  table: CatalogTable,
  columns: readonly CatalogColumn[],
  read: readonly Row[],
  mode: SampleValues,
): ColumnValues[] {
  const wasRead = (read.find(({ n }) => n === -1)?.rows ?? 0) < MOST_ROWS && !isBig(table);
  return columns.flatMap(({ name }, at) => {
    const found = read.flatMap(({ n, v, rows }) => (n === at && v !== null ? [{ value: v, rows }] : []));
    const rows = found.reduce((sum, each) => sum + each.rows, 0);
    const kept = valuesToKeep({ table: table.name, values: found, rows }, mode);
    if (kept.length === 0) return [];
    const values = kept.slice(0, MOST_VALUES_OF_COLUMN);
    const isComplete = wasRead && values.length === found.filter(({ value }) => value.trim() !== '').length;
    return [{ schema: table.schema, table: table.name, column: name, values, isComplete }];
  });
}
