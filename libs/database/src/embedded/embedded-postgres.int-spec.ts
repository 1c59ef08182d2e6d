import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { socketUrl } from './addresses';
import { EmbeddedPostgres } from './embedded-postgres';
import { withClient } from './roles';

let directory: string;
let server: EmbeddedPostgres;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'memori-embedded-'));
  server = await EmbeddedPostgres.start({ directory });
}, 60_000);
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('the embedded PostgreSQL', () => {
  it('keeps what was written over a stop and a start', async () => {
    await withClient(server.configFor('owner'), (client) => client.query('CREATE TABLE kept AS SELECT 7 AS a'));

    await server.stop();
    server = await EmbeddedPostgres.start({ directory });

    const { rows } = await withClient(server.configFor('owner'), (client) => client.query('TABLE kept'));
    expect(rows).toEqual([{ a: 7 }]);
  }, 60_000);

  it('is started again when it dies on its own', async () => {
    const died = server.pid;
    process.kill(died, 'SIGKILL');

    await until(async () => server.pid !== died && (await answers(server)));

    expect(server.pid).not.toBe(died);
  }, 60_000);

  it('works as a role that owns nothing, is no superuser and is bound by row security', async () => {
    const { rows } = await withClient(server.configFor('runtime'), (client) =>
      client.query(
        'SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user',
      ),
    );
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false }]);
  });

  it('lets the reader of the demo read what its owner made, and nothing else', async () => {
    await withClient(server.configFor('demoOwner'), (client) =>
      client.query('CREATE SCHEMA IF NOT EXISTS café; CREATE TABLE café.beans AS SELECT 1 AS n'),
    );
    const reader = server.configFor('demoReader');

    const { rows } = await withClient(reader, (client) => client.query('TABLE café.beans'));

    expect(rows).toEqual([{ n: 1 }]);
    await expect(withClient(reader, (client) => client.query('INSERT INTO café.beans VALUES (2)'))).rejects.toThrow(
      /read-only|denied/,
    );
    await expect(withClient({ ...reader, database: 'memori' }, () => Promise.resolve())).rejects.toThrow(
      /permission denied/,
    );
    await expect(withClient({ ...reader, database: 'postgres' }, () => Promise.resolve())).rejects.toThrow(
      /permission denied/,
    );
  });

  it('is reached by the URL of the demo as by any other', async () => {
    const client = new Client({ connectionString: socketUrl(server.configFor('demoReader')) });
    await client.connect();
    const { rows } = await client.query('SELECT current_user AS who, current_database() AS place');
    await client.end();
    expect(rows).toEqual([{ who: 'demo_reader', place: 'demo' }]);
  });

  it('asks for a password and listens on no port', async () => {
    const wrong = { ...server.configFor('runtime'), password: 'wrong' };
    await expect(withClient(wrong, () => Promise.resolve())).rejects.toThrow(/password authentication failed/);
    const { rows } = await withClient(server.configFor('owner'), (client) =>
      client.query(`SELECT current_setting('listen_addresses') AS addresses, current_setting('fsync') AS fsync`),
    );
    expect(rows).toEqual([{ addresses: '', fsync: 'on' }]);
  });

  it('keeps passwords, data and socket from other users', () => {
    expect(statSync(join(directory, 'postgres.passwords')).mode & 0o777).toBe(0o600);
    expect(statSync(server.location).mode & 0o077).toBe(0);
    expect(statSync(server.socketDir).mode & 0o077).toBe(0);
  });

  it('writes neither statements nor their values into its log', async () => {
    await withClient(server.configFor('owner'), async (client) => {
      await client.query(`SELECT 'SECRET-STATEMENT'::int`).catch(() => undefined);
      await client.query('SELECT $1::int', ['SECRET-PARAMETER']).catch(() => undefined);
      await client
        .query(
          `CREATE TABLE IF NOT EXISTS one (a text PRIMARY KEY); INSERT INTO one VALUES ('SECRET-KEY'), ('SECRET-KEY')`,
        )
        .catch(() => undefined);
      await client.query('SELECT SECRET_SYNTAX FROM nowhere').catch(() => undefined);
    });
    const log = join(server.location, 'log');
    const text = readdirSync(log)
      .map((file) => readFileSync(join(log, file), 'utf8'))
      .join('');
    expect(text).toContain('database system is ready');
    expect(text).not.toMatch(/SECRET/);
  });
});

async function answers(postgres: EmbeddedPostgres): Promise<boolean> {
  return withClient(postgres.configFor('runtime'), async () => true).catch(() => false);
}

/** Waits for something that another process does; the test's own time limit ends it. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
}
