import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client, ClientConfig } from 'pg';
import { withClient } from './embedded/roles';
import { judgeExtensions, type ExtensionFacts, type ExtensionNeeds, type Findings } from './extension-checks';
import { errorCodeOf, isUnreachable } from './postgres-errors';
import { readSql } from './read-sql';
import { StartError } from './start-error';

/** What the server says about itself and about the role that asks. */
export interface ServerFacts {
  readonly versionNum: number;
  readonly version: string;
  readonly encoding: string;
  readonly ctype: string;
  readonly isStandby: boolean;
  readonly role: string;
  readonly passesRowSecurity: boolean;
  readonly extensions: ExtensionFacts;
}

const OLDEST = 15;
const SUPPORTED = 16;

export function judgeServer(facts: ServerFacts, needs: ExtensionNeeds): Findings {
  const major = Math.floor(facts.versionNum / 10_000);
  const errors: string[] = [];
  const warnings: string[] = [];
  if (major < OLDEST) errors.push(`PostgreSQL ${facts.version} is too old: Memori needs ${SUPPORTED} or later.`);
  else if (major < SUPPORTED)
    warnings.push(`PostgreSQL ${facts.version} works, but Memori is made for ${SUPPORTED} or later.`);
  if (facts.encoding !== 'UTF8')
    errors.push(
      `The database is encoded in ${facts.encoding}; create it with ENCODING 'UTF8', or most languages cannot be stored.`,
    );
  if (facts.isStandby)
    errors.push('MEMORI_DATABASE_URL leads to a standby, which only reads; name the primary server.');
  if (facts.ctype === 'C' || facts.ctype === 'POSIX')
    warnings.push(
      `The database has LC_CTYPE ${facts.ctype}: PostgreSQL knows upper and lower case of ASCII alone. C.UTF-8 or ICU is better.`,
    );
  if (facts.passesRowSecurity)
    warnings.push(
      `The role "${facts.role}" is superuser or has BYPASSRLS: row level security, the second wall between tenants, is off. Use a plain role.`,
    );
  const extensions = judgeExtensions(facts.extensions, needs);
  return { errors: [...errors, ...extensions.errors], warnings: [...warnings, ...extensions.warnings] };
}

/** Connects as the runtime role, waits for a server that is still starting, and stops the start when it cannot serve. */
export async function checkServer(config: ClientConfig, needs: ExtensionNeeds, waitMs = 30_000): Promise<string[]> {
  const { errors, warnings } = judgeServer(await connecting(config, waitMs, readFacts), needs);
  if (errors.length > 0) throw new StartError(errors.join(' '));
  return warnings;
}

/** A lock taken by the one address must be seen through the other. Works through poolers and needs no privilege. */
export async function checkSameDatabase(memori: ClientConfig, direct: ClientConfig): Promise<void> {
  const key = randomInt(2 ** 47);
  const isSame = await withClient(direct, async (holder) => {
    await holder.query('SELECT pg_advisory_lock($1)', [key]);
    return withClient(memori, async (other) => !(await tryLock(other, key)));
  });
  if (!isSame) throw new StartError('MEMORI_DATABASE_DIRECT_URL and MEMORI_DATABASE_URL lead to different databases.');
}

async function tryLock(client: Client, key: number): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS got', [key]);
  return rows[0]?.got ?? false;
}

async function readFacts(client: Client): Promise<ServerFacts> {
  const { rows } = await client.query<ServerFacts>(readSql(__dirname, 'server-facts.sql'));
  return rows[0] as ServerFacts;
}

async function connecting<T>(config: ClientConfig, waitMs: number, work: (client: Client) => Promise<T>): Promise<T> {
  for (const until = Date.now() + waitMs; ; await wait(500)) {
    try {
      return await withClient({ ...config, connectionTimeoutMillis: 10_000 }, work);
    } catch (error) {
      if (!isUnreachable(error) || Date.now() > until) throw refused(config, error);
    }
  }
}

function refused({ host, port, database }: ClientConfig, error: unknown): StartError {
  const place = `${host}:${port}/${database}`;
  const reason = REASONS[errorCodeOf(error) ?? ''] ?? (error as Error).message;
  return new StartError(`Memori's database at ${place} cannot be used: ${reason}. See MEMORI_DATABASE_URL.`, {
    cause: error,
  });
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'the host has no address',
  '28P01': 'it refuses the user or the password',
  '28000': 'it refuses this user',
  '3D000': 'there is no such database',
};
