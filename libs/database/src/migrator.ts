import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, escapeIdentifier, type ClientConfig } from 'pg';
import { StartError } from './start-error';

export interface Migration {
  /** `0001-base` */
  readonly name: string;
  readonly up: string;
  readonly down: string;
  readonly checksum: string;
}

interface Applied {
  readonly name: string;
  readonly checksum: string;
}

// Any constant does, as long as every Memori takes the same one.
const LOCK = 7_301_530_411;
const FILE = /^(\d{4}-[a-z0-9-]+)\.up\.sql$/;
const TABLE = `
  CREATE SCHEMA IF NOT EXISTS memori;
  CREATE TABLE IF NOT EXISTS memori.migrations (
    name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());`;

/** The migrations beside this file, in order. */
export function readMigrations(dir = join(__dirname, 'migrations')): Migration[] {
  const names = readdirSync(dir).flatMap((file) => FILE.exec(file)?.[1] ?? []);
  return names.sort().map((name) => readMigration(dir, name));
}

function readMigration(dir: string, name: string): Migration {
  const up = readFileSync(join(dir, `${name}.up.sql`), 'utf8');
  const down = readFileSync(join(dir, `${name}.down.sql`), 'utf8');
  // Line ends are git's business, not a change of the migration.
  const checksum = createHash('sha256').update(up.replaceAll('\r\n', '\n')).digest('hex');
  return { name, up, down, checksum };
}

/**
 * Runs migrations, each in a transaction of its own, one process at a time. TypeORM's runner is not used: it takes no
 * lock, wants a class per file, and knows nothing of a database that is newer than the program.
 */
export class Migrator {
  /** `direct` must reach PostgreSQL past any pooler, as the role that owns (or may create) the schema. */
  constructor(
    private readonly direct: ClientConfig,
    private readonly migrations: readonly Migration[] = readMigrations(),
  ) {}

  /** Applies what is missing and lets `runtimeRole` work with the tables. Returns the names of what was applied. */
  up(runtimeRole?: string): Promise<string[]> {
    return this.locked(async (client) => {
      await client.query(TABLE);
      const missing = this.missing(await appliedIn(client));
      for (const migration of missing) await applyUp(client, migration);
      if (runtimeRole) await grant(client, runtimeRole);
      return missing.map(({ name }) => name);
    });
  }

  /** Takes the last `count` migrations back, newest first. */
  down(count: number): Promise<string[]> {
    return this.locked(async (client) => {
      const applied = await appliedIn(client);
      this.missing(applied);
      const last = applied.slice(-count).reverse();
      for (const { name } of last) await this.takeBack(client, name, name === applied[0]?.name);
      return last.map(({ name }) => name);
    });
  }

  private missing(applied: Applied[]): Migration[] {
    const checksums = new Map(this.migrations.map(({ name, checksum }) => [name, checksum]));
    for (const { name, checksum } of applied) {
      const known = checksums.get(name);
      if (known === undefined) throw newerThanKnown(name);
      if (known !== checksum) throw changedSince(name);
    }
    const done = new Set(applied.map(({ name }) => name));
    return this.migrations.filter(({ name }) => !done.has(name));
  }

  private async takeBack(client: Client, name: string, isFirst: boolean): Promise<void> {
    const migration = this.migrations.find((known) => known.name === name);
    // The first one drops the schema, in which the list of migrations stands too.
    const forget = isFirst ? 'DROP TABLE memori.migrations' : `DELETE FROM memori.migrations WHERE name = '${name}'`;
    await inTransaction(client, name, `${forget};\n${migration?.down}`);
  }

  private async locked<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ ...this.direct, application_name: 'memori-migrate' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      // The role may have a limit that suits requests; a migration takes the time that it takes.
      await client.query('SET statement_timeout = 0');
      await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

async function appliedIn(client: Client): Promise<Applied[]> {
  const { rows } = await client.query<Applied>('SELECT name, checksum FROM memori.migrations ORDER BY name');
  return rows;
}

async function applyUp(client: Client, { name, up, checksum }: Migration): Promise<void> {
  const record = `INSERT INTO memori.migrations (name, checksum) VALUES ('${name}', '${checksum}')`;
  await inTransaction(client, name, `${up}\n;${record}`);
}

async function inTransaction(client: Client, name: string, sql: string): Promise<void> {
  try {
    // One message, hence one implicit transaction, unless the file itself says COMMIT.
    await client.query(`BEGIN;${sql};COMMIT`);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new StartError(`Migration ${name} failed and was rolled back: ${(error as Error).message}`, { cause: error });
  }
}

/** What the process may do at run time: rows, not tables; and of the audit log only to add and to read. */
async function grant(client: Client, role: string): Promise<void> {
  const to = escapeIdentifier(role);
  await client.query(`
    GRANT USAGE ON SCHEMA memori TO ${to};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA memori TO ${to};
    GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA memori TO ${to};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA memori TO ${to};
    REVOKE INSERT, UPDATE, DELETE ON memori.migrations FROM ${to};
    REVOKE UPDATE, DELETE, TRUNCATE ON memori.audit_log FROM ${to};`);
}

function newerThanKnown(name: string): StartError {
  return new StartError(
    `The database holds migration ${name}, which this Memori does not know: a newer Memori made it. ` +
      'Start that version, or restore the backup from before the update.',
  );
}

function changedSince(name: string): StartError {
  return new StartError(
    `Migration ${name} is not the one that made this database: its file has changed since. Take the Memori that made ` +
      'the database, or begin with an empty one.',
  );
}
