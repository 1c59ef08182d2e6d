import { readSql } from '@memori/database';
import { InvalidRequestError } from '@memori/errors';
import type { Catalog, CatalogFunction, CatalogOperator, CatalogTable, CatalogType } from '../catalog';
import { SchemaEmptyError } from '../data-source.errors';
import { beginReadOnly, END_READ_ONLY, searchPath } from '../read-only-session';
import type { SourceClient } from '../source-client';
import { assembleTables } from './assemble-tables';
import { catalogVersion } from './catalog-version';
import type {
  ColumnRow,
  EnumRow,
  FunctionRow,
  KeyRow,
  SchemaRow,
  ServerRow,
  TableRow,
  TypeRow,
} from './introspection-rows';

const SQL = {
  server: readSql(__dirname, 'server.sql'),
  schemas: readSql(__dirname, 'schemas.sql'),
  tables: readSql(__dirname, 'tables.sql'),
  columns: readSql(__dirname, 'columns.sql'),
  keys: readSql(__dirname, 'keys.sql'),
  enums: readSql(__dirname, 'enums.sql'),
  types: readSql(__dirname, 'types.sql'),
  operators: readSql(__dirname, 'operators.sql'),
  functions: readSql(__dirname, 'functions.sql'),
};

const TIMEOUT_MS = 60_000;

/** What was found: the catalogue without samples, and what the role may do. */
export interface Introspection {
  readonly catalog: Catalog;
  readonly server: ServerRow;
}

/** Reads what the role may see, in one read-only transaction of nine short queries. `wanted` null: every schema. */
export async function introspect(client: SourceClient, wanted: string[] | null): Promise<Introspection> {
  await client.say(beginReadOnly({ schemas: [], timeZone: 'UTC', statementTimeoutMs: TIMEOUT_MS }, client));
  const server = await readServer(client, wanted);
  if (wanted) refuseUnknownSchemas(wanted, await client.ask<SchemaRow>(SQL.schemas));
  const tableRows = await client.ask<TableRow>(SQL.tables, [wanted]);
  const schemas = wanted ?? schemasOf(tableRows);
  // Types of these schemas are printed without their schema, as they are written in queries.
  await client.say(`SET LOCAL search_path = ${searchPath(schemas)}`);
  const tables = await readTables(client, tableRows);
  const functions = (await client.ask<FunctionRow>(SQL.functions, [schemas])).map(functionOf);
  const types = (await client.ask<TypeRow>(SQL.types)).map(typeOf);
  const operators = await client.ask<CatalogOperator>(SQL.operators);
  await client.say(END_READ_ONLY);
  const found = { schemas, tables: inOrderOf(schemas, tables), functions, types, operators };
  return { catalog: { version: catalogVersion(found), ...found }, server };
}

/** What the role may do; used by `test` without the rest. */
export async function readServer(client: SourceClient, wanted: string[] | null): Promise<ServerRow> {
  const [server] = await client.ask<ServerRow>(SQL.server, [wanted]);
  if (!server) throw new Error('The data source did not say who is logged in.');
  return server;
}

export function refuseEmpty(catalog: Catalog, username: string, wanted: string[] | null): void {
  if (catalog.tables.length === 0) throw new SchemaEmptyError(username, wanted);
}

async function readTables(client: SourceClient, tables: TableRow[]): Promise<CatalogTable[]> {
  const ids = tables.map(({ id }) => id);
  const columns = await client.ask<ColumnRow>(SQL.columns, [ids]);
  const keys = await client.ask<KeyRow>(SQL.keys, [ids]);
  const enums = await client.ask<EnumRow>(SQL.enums);
  return assembleTables(tables, columns, keys, enums);
}

/** A catalogue has thousands of functions: what is not so is not written down. */
function functionOf({ constructsRange, ...row }: FunctionRow): CatalogFunction {
  return { ...row, ...(constructsRange && { constructsRange }) };
}

function typeOf({ fields, runsCode, ...row }: TypeRow): CatalogType {
  return { ...row, ...(fields && { fields }), ...(runsCode && { runsCode }) };
}

/** Those that hold a table, `public` first: where unqualified names are looked for. */
function schemasOf(tables: TableRow[]): string[] {
  const names = [...new Set(tables.map(({ schema }) => schema))];
  return [...names.filter((name) => name === 'public'), ...names.filter((name) => name !== 'public')];
}

function inOrderOf(schemas: string[], tables: CatalogTable[]): CatalogTable[] {
  const place = new Map(schemas.map((name, index) => [name, index]));
  return tables.sort((a, b) => (place.get(a.schema) ?? 0) - (place.get(b.schema) ?? 0));
}

function refuseUnknownSchemas(wanted: string[], existing: SchemaRow[]): void {
  const usable = new Map(existing.map(({ name, usable }) => [name, usable]));
  const errors = wanted.flatMap((name, index) => {
    if (usable.get(name)) return [];
    const problem = usable.has(name) ? 'the role has no USAGE on it' : 'there is no such schema in this database';
    return [{ pointer: `/schemas/${index}`, message: `"${name}": ${problem}` }];
  });
  if (errors.length > 0) {
    throw new InvalidRequestError(
      `Some schemas cannot be read: ${errors.map(({ message }) => message).join('; ')}.`,
      errors,
    );
  }
}
