import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { Principal } from '@memori/scope';
import { Vault } from '@memori/security';
import { emptyDatabase, testDatabase, type EmptyDatabase, type TestDatabase } from '@memori/testing';
import { assembleDataSources } from '../data-source/assemble';
import type { DataSourceRecord } from '../data-source/data-source.record';

const ADMIN: Principal = {
  tenantId: 'default',
  userId: 'admin',
  roles: ['administrator'],
  apiKeyId: null,
  actedBy: null,
};

describe('databases of other encodings', () => {
  let memori: TestDatabase;
  let source: EmptyDatabase;
  let admin: Client;
  let parts: ReturnType<typeof assembleDataSources>;
  const made: string[] = [];

  beforeAll(async () => {
    memori = await testDatabase();
    source = await emptyDatabase();
    admin = new Client(source.admin);
    await admin.connect();
    parts = assembleDataSources(memori.database, new Vault(randomBytes(32)));
  });

  afterAll(async () => {
    await parts?.connections.onApplicationShutdown();
    for (const name of made) await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin?.end();
    await source?.close();
    await memori?.close();
  });

  async function register(encoding: string, setup: string): Promise<DataSourceRecord> {
    const name = `${source.name}_${encoding.toLowerCase()}`;
    await admin.query(
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C'`,
    );
    made.push(name);
    const client = new Client({ ...source.admin, database: name });
    await client.connect();
    await client.query(`${setup}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${source.reader.name}`);
    await client.end();
    const url = source.url.replace(/[^/]*$/, name);
    await parts.dataSources.create(ADMIN, { name, dialect: 'postgresql', url });
    return parts.dataSources.resolve(ADMIN, name);
  }

  const run = (record: DataSourceRecord, sql: string) => parts.executor.run(record, sql, { maxRows: 10 });

  it('are read as UTF-8, and say when a character of the SQL has no place in them', async () => {
    const latin = await register('LATIN1', `CREATE TABLE t ("größe" text); INSERT INTO t VALUES ('été')`);

    expect((await run(latin, `SELECT "größe" FROM t WHERE "größe" = 'été'`)).rows).toEqual(['["été"]']);
    await expect(run(latin, `SELECT '中'`)).rejects.toMatchObject({
      code: 'sql-failed',
      message: 'The SQL or a value holds a character that the encoding of the data source does not have.',
      facts: { sqlstate: '22P05' },
    });
  });

  it('are read where there is none, bytes that are no UTF-8 included', async () => {
    const bytes = await register(
      'SQL_ASCII',
      `CREATE TABLE t (id int, name text); INSERT INTO t VALUES (1, E'caf\\xe9'), (2, '中文');
       COMMENT ON TABLE t IS E'\\xe9t\\xe9'`,
    );

    expect((await run(bytes, `SELECT name FROM t ORDER BY id`)).rows).toEqual(['["caf\ufffd"]', '["中文"]']);
    expect((await run(bytes, `SELECT id FROM t WHERE name = '中文'`)).rows).toEqual(['[2]']);
  });
});
