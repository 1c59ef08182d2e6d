import { DatabaseError } from 'pg';
import type { Catalog } from './catalog';
import { connectionFailure, isConnectionLoss } from './connection-failure';
import type { Finding, SampleValues } from './data-source.record';
import { DataSourceUnreachableError, OwnDatabaseError } from './data-source.errors';
import { catalogFindings, refuseMoreThanReading, refuseOldServer, roleFindings } from './introspection/findings';
import { introspect, readServer, refuseEmpty } from './introspection/introspect';
import type { ServerRow } from './introspection/introspection-rows';
import { beginReadOnly, END_READ_ONLY } from './read-only-session';
import { sampleCatalog } from './sampling/sample-tables';
import type { SettledTarget, SourceClient } from './source-client';
import { type GatheredValues, gatherValues } from '../values/gather-values';

/** A hostile server may send for ever; the catalogue of ten thousand tables has some tens of megabytes. */
const MAX_CATALOG_BYTES = 256 * 1024 * 1024;

/** What tells one database from every other, by whatever address it is reached. */
export interface DatabaseIdentity {
  readonly system: string;
  readonly database: string;
}

export interface ProbeRules {
  readonly wantedSchemas: string[] | null;
  readonly sampleValues: SampleValues;
  readonly requireLeastPrivilege: boolean;
  /** Memori's own database, which is not to be asked about. */
  readonly own: DatabaseIdentity | undefined;
}

export interface Probe {
  readonly catalog: Catalog;
  readonly values: GatheredValues;
  readonly findings: Finding[];
}

/** Looks at everything there is to know about a data source, over an open connection, and refuses what may not be one. */
export async function probe(client: SourceClient, target: SettledTarget, rules: ProbeRules): Promise<Probe> {
  const tooLarge = new DataSourceUnreachableError('The catalogue of the data source is too large to be read.');
  client.capBytes(MAX_CATALOG_BYTES, tooLarge);
  return translated(target, async () => {
    await refuseOwn(client, rules.own);
    const { catalog, server } = await introspect(client, rules.wantedSchemas);
    refuseOldServer(server);
    const role = roleFindings(server);
    if (rules.requireLeastPrivilege) refuseMoreThanReading(role);
    refuseEmpty(catalog, target.username, rules.wantedSchemas);
    const sampling = await sampleCatalog(client, catalog, rules.sampleValues);
    const values = await gatherValues(client, sampling.catalog, rules.sampleValues);
    return {
      catalog: sampling.catalog,
      values,
      findings: [...role, ...catalogFindings(catalog), ...missedFindings(sampling.missed, values)],
    };
  });
}

/** What the role may do, without the catalogue. */
export async function inspectRole(
  client: SourceClient,
  target: SettledTarget,
  wantedSchemas: string[] | null,
): Promise<ServerRow> {
  return translated(target, async () => {
    await client.say(beginReadOnly({ schemas: [], timeZone: 'UTC', statementTimeoutMs: 10_000 }, client));
    const server = await readServer(client, wantedSchemas);
    await client.say(END_READ_ONLY);
    return server;
  });
}

async function refuseOwn(client: SourceClient, own: DatabaseIdentity | undefined): Promise<void> {
  const theirs = await identityOf(client);
  const isOwn =
    own && theirs ? own.system === theirs.system && own.database === theirs.database : await holdsOurTables(client);
  if (isOwn) throw new OwnDatabaseError();
}

/** Undefined where the role may not ask for it. */
async function identityOf(client: SourceClient): Promise<DatabaseIdentity | undefined> {
  const sql =
    'SELECT system_identifier::text AS system, pg_catalog.current_database()::text AS database FROM pg_catalog.pg_control_system()';
  try {
    return (await client.ask<DatabaseIdentity>(sql))[0];
  } catch (error) {
    if (error instanceof DatabaseError && !isConnectionLoss(error)) return undefined;
    throw error;
  }
}

async function holdsOurTables(client: SourceClient): Promise<boolean> {
  const rows =
    await client.ask(`SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'memori' AND c.relname = 'data_source_snapshots'`);
  return rows.length > 0;
}

function missedFindings(samples: number, { missed: values }: GatheredValues): Finding[] {
  const tables = new Set(values.map(({ schema, table }) => JSON.stringify([schema, table]))).size;
  return [
    ...note('samples-incomplete', samples, 'gave no sample values in the time there was.'),
    ...note(
      'values-incomplete',
      tables,
      'were not read for the value index: they were too slow, or there are too many.',
    ),
  ];
}

function note(code: string, tables: number, what: string): Finding[] {
  return tables === 0 ? [] : [{ code, severity: 'info', message: `${tables} tables ${what}` }];
}

async function translated<T>(target: SettledTarget, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isConnectionLoss(error)) throw connectionFailure(error, target);
    if (!(error instanceof DatabaseError)) throw error;
    throw new DataSourceUnreachableError(
      `The catalogue of the data source could not be read: SQLSTATE ${error.code}.`,
      error,
    );
  }
}
