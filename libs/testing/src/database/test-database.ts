import { randomBytes } from 'node:crypto';
import { escapeIdentifier, type Client, type ClientConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { connectDataSource, Database, dataSourceOptions, SUPERUSER, withClient, type Entity } from '@memori/database';
import { addressOf, currentAddress, OWNER, RUNTIME, TEMPLATE, urlOf } from './cluster-address';

export interface TestDatabase {
  readonly database: Database;
  readonly dataSource: DataSource;
  /** As the runtime role, which row level security binds. */
  readonly config: ClientConfig;
  readonly url: string;
  /** As the owner of the schema, who may change tables and is bound by row level security too. */
  readonly owner: ClientConfig;
  readonly ownerUrl: string;
  /** As the superuser, who sees every row: for arranging and asserting. */
  readonly superuser: ClientConfig;
  close(): Promise<void>;
}

/** A fresh copy of Memori's migrated database. */
export async function testDatabase(options: { entities?: Entity[]; poolSize?: number } = {}): Promise<TestDatabase> {
  const address = currentAddress();
  const name = await createDatabase('memori', `TEMPLATE ${TEMPLATE} OWNER ${OWNER}`);
  const at = addressOf(address, name);
  const config = { ...at, user: RUNTIME };
  const dataSource = await connectDataSource(
    dataSourceOptions(config, options.entities, { poolSize: options.poolSize ?? 10 }),
  );
  const database = new Database(dataSource);
  return {
    database,
    dataSource,
    config,
    url: urlOf(address, name, RUNTIME),
    owner: { ...at, user: OWNER },
    ownerUrl: urlOf(address, name, OWNER),
    superuser: { ...at, user: SUPERUSER },
    close: async () => {
      await database.onApplicationShutdown();
      await dataSource.destroy();
      await dropDatabase(name);
    },
  };
}

export interface EmptyDatabase {
  readonly name: string;
  /** As a role that may only read, over TCP: what a user would register as a data source. */
  readonly url: string;
  readonly reader: { readonly name: string; readonly password: string };
  /** As the superuser. What it makes, the reader may read. */
  readonly admin: ClientConfig;
  close(): Promise<void>;
}

/** A database to be used as a data source; `sqlScript` runs in it as the superuser. */
export async function emptyDatabase(sqlScript = ''): Promise<EmptyDatabase> {
  const address = currentAddress();
  const name = await createDatabase('source', 'TEMPLATE template0');
  const reader = { name: `${name}_reader`, password: address.password };
  const admin = { ...addressOf(address, name), user: SUPERUSER };
  await withClient(admin, async (client) => {
    const role = escapeIdentifier(reader.name);
    await client.query(`
      CREATE ROLE ${role} LOGIN PASSWORD '${reader.password}';
      GRANT USAGE ON SCHEMA public TO ${role};
      ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO ${role};
      ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${role};`);
    if (sqlScript) await client.query(sqlScript);
  });
  return { name, url: urlOf(address, name, reader.name), reader, admin, close: () => dropDatabase(name, reader.name) };
}

async function createDatabase(prefix: string, how: string): Promise<string> {
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await asSuperuser((client) => client.query(`CREATE DATABASE ${name} ${how}`));
  return name;
}

async function dropDatabase(name: string, role?: string): Promise<void> {
  await asSuperuser(async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    if (role) await client.query(`DROP ROLE IF EXISTS ${escapeIdentifier(role)}`);
  });
}

function asSuperuser<T>(work: (client: Client) => Promise<T>): Promise<T> {
  return withClient({ ...addressOf(currentAddress(), 'postgres'), user: SUPERUSER }, work);
}
