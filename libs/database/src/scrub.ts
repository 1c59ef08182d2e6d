import type { Client } from 'pg';

const SIZES = `SELECT pg_database_size(current_database())::float8 AS tables,
  (SELECT coalesce(sum(size), 0)::float8 FROM pg_ls_waldir()) AS wal`;
const RIGHTS = `SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`;

/** In bytes. */
export interface ScrubReport {
  readonly tablesBefore: number;
  readonly tablesAfter: number;
  readonly walBefore: number;
  readonly walAfter: number;
}

/**
 * Writes every table and index of the database anew, catalogs and statistics too, so that nothing that was erased is left
 * in their files; then goes on in a new segment of the log of changes and lets a checkpoint remove those before. Needs a
 * superuser, and a server with `wal_recycle` off: recycled segments keep what stood in them. Locks each table in turn.
 *
 * @throws {Error} not a superuser, or `wal_recycle` is on
 */
export async function scrub(client: Client, tell: (step: string) => void = () => undefined): Promise<ScrubReport> {
  await refuseHalves(client);
  const before = await sizes(client);
  await client.query('SET statement_timeout = 0');
  tell('Writing tables and indexes anew …');
  await client.query('VACUUM (FULL, ANALYZE)');
  await client.query(`REINDEX DATABASE "${client.database?.replaceAll('"', '""')}"`);
  tell('Removing the log of changes …');
  // The first makes the rewritten files the ones that count; the second lets go of every segment before the switch.
  await client.query('CHECKPOINT');
  await client.query('SELECT pg_switch_wal()');
  await client.query('CHECKPOINT');
  const after = await sizes(client);
  return { tablesBefore: before.tables, tablesAfter: after.tables, walBefore: before.wal, walAfter: after.wal };
}

async function refuseHalves(client: Client): Promise<void> {
  const { rows } = await client.query<{ superuser: boolean }>(RIGHTS);
  if (!rows[0]?.superuser) throw new Error('Only a superuser of PostgreSQL can write its catalogs and its log anew.');
  const { rows: settings } = await client.query<{ wal_recycle: string }>('SHOW wal_recycle');
  if (settings[0]?.wal_recycle !== 'off')
    throw new Error('PostgreSQL runs with wal_recycle on: segments of its log would be kept with what stands in them.');
}

async function sizes(client: Client): Promise<{ tables: number; wal: number }> {
  const { rows } = await client.query<{ tables: number; wal: number }>(SIZES);
  return rows[0] ?? { tables: 0, wal: 0 };
}
