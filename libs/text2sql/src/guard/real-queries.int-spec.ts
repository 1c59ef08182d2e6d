import { Client, escapeIdentifier } from 'pg';
import {
  defogDatabases,
  defogQuestions,
  defogScript,
  emptyDatabase,
  isStrict,
  loadSpider,
  runScript,
  sharedData,
  spiderQuestions,
  type EmptyDatabase,
} from '@memori/testing';
import type { Catalog } from '../data-source/catalog';
import { connectSettling } from '../data-source/connect-source';
import { introspect } from '../data-source/introspection/introspect';
import { parseSourceUrl } from '../data-source/source-url';
import { readsOf } from './fixture/postgresql-reads';
import { SqlGuard } from './sql-guard';

const data = sharedData() ?? '';
const withData = data === '' && !isStrict() ? describe.skip : describe;

// Skipped where the folder of real input is absent.
withData('queries that answer real questions', () => {
  const guard = new SqlGuard();
  afterAll(() => guard.onApplicationShutdown());

  /** Each query that PostgreSQL accepts must pass, and read what PostgreSQL says it reads. */
  async function disagreements(database: EmptyDatabase, catalog: Catalog, queries: readonly string[]) {
    const client = new Client(database.admin);
    await client.connect();
    await client.query(`SET search_path = ${['pg_catalog', ...catalog.schemas].map(escapeIdentifier).join(', ')}`);
    const wrong: unknown[] = [];
    for (const sql of queries) {
      const reads = await readsOf(client, sql.replace(/[\s;]+$/, '')).catch(() => undefined);
      if (!reads) continue;
      const { violations, relations, columns } = await guard.check(sql, catalog);
      const found = {
        relations: relations.map(({ schema, name }) => `${schema}.${name}`).sort(),
        columns: columns.map(({ schema, table, name }) => `${schema}.${table}.${name}`).sort(),
      };
      if (violations.length > 0 || JSON.stringify(found) !== JSON.stringify(reads))
        wrong.push({ sql, violations, found, reads });
    }
    await client.end();
    return wrong;
  }

  it('pass on the eleven databases of defog', async () => {
    const questions = defogQuestions(data);

    for (const name of defogDatabases(data)) {
      const database = await loaded(defogScript(data, name));
      const golds = questions.filter((question) => question.dbId === name).flatMap((question) => question.golds);
      expect(await disagreements(database, await catalogOf(database), golds)).toEqual([]);
      await database.close();
    }
  }, 180_000);

  it("pass on every database of Spider's training half", async () => {
    const questions = spiderQuestions(data, 1, 10_000);
    const schemas = [...new Set(questions.map((question) => question.dbId))];
    const database = await loadSpider(data, schemas);
    const whole = await catalogOf(database);

    for (const schema of schemas) {
      const golds = questions.filter((question) => question.dbId === schema).flatMap((question) => question.golds);
      const tables = whole.tables.filter((table) => table.schema === schema);
      expect(await disagreements(database, { ...whole, schemas: [schema], tables }, golds)).toEqual([]);
    }
    await database.close();
  }, 300_000);
});

async function loaded(script: string): Promise<EmptyDatabase> {
  const database = await emptyDatabase();
  const client = new Client(database.admin);
  await client.connect();
  await runScript(client, script);
  await client.end();
  return database;
}

async function catalogOf(database: EmptyDatabase): Promise<Catalog> {
  const { client } = await connectSettling(parseSourceUrl(database.url), { allowPrivate: true });
  try {
    return (await introspect(client, null)).catalog;
  } finally {
    client.destroy();
  }
}
