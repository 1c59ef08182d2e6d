import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, type ClientConfig } from 'pg';
import {
  connectDataSource,
  Database,
  dataSourceOptions,
  type Entity,
  ensureDatabase,
  ensureRole,
  Migrator,
  withClient,
} from '@memori/database';
import type { TestDatabase } from './test-database';

const VARIABLE = 'MEMORI_TEST_PGVECTOR_URL';

/**
 * Whether there is a PostgreSQL server with pgvector: none comes with the packages, so a test on real connections is skipped
 * unless a superuser's address of one is given.
 */
export function hasPgvectorServer(): boolean {
  return (process.env[VARIABLE] ?? '') !== '';
}

/** Memori's migrated database with pgvector, on that server, with roles of its own. All of it goes with `close`. */
export async function pgvectorServerDatabase(options: { entities?: Entity[] } = {}): Promise<TestDatabase> {
  const name = `memori_test_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const server = { connectionString: process.env[VARIABLE] };
  const [owner, runtime] = [`${name}_owner`, `${name}_runtime`];
  await withClient(server, async (client) => {
    for (const role of [owner, runtime]) await ensureRole(client, { name: role, password });
    await ensureDatabase(client, name, owner, [runtime]);
  });
  const at = addressOf(server, name);
  await withClient(at, (client) => client.query('CREATE EXTENSION vector'));
  const as = (user: string): ClientConfig => ({ ...at, user, password });
  await new Migrator(as(owner)).up(runtime);
  const dataSource = await connectDataSource(dataSourceOptions(as(runtime), options.entities, { poolSize: 10 }));
  const database = new Database(dataSource);
  return {
    ...{ database, dataSource, config: as(runtime), owner: as(owner), superuser: at },
    ...{ url: urlOf(as(runtime)), ownerUrl: urlOf(as(owner)) },
    close: async () => {
      await database.onApplicationShutdown();
      await dataSource.destroy();
      await withClient(server, async (client) => {
        await client.query(`DROP DATABASE ${escapeIdentifier(name)} WITH (FORCE)`);
        for (const role of [owner, runtime]) await client.query(`DROP ROLE ${escapeIdentifier(role)}`);
      });
    },
  };
}

/** The same superuser in another database. */
function addressOf(server: ClientConfig, database: string): ClientConfig {
  const { host, port, user, password } = new Client(server);
  return { host, port, user, password: password ?? undefined, database };
}

function urlOf({ host, port, user, password, database }: ClientConfig): string {
  return `postgresql://${user}:${String(password)}@${host}:${port}/${database}`;
}
