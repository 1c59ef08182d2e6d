import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { seededRandom } from '@memori/golds';
import { emptyDatabase, type EmptyDatabase } from '@memori/testing';
import type { Catalog } from '../data-source/catalog';
import { connectSettling } from '../data-source/connect-source';
import { introspect } from '../data-source/introspection/introspect';
import { parseSourceUrl } from '../data-source/source-url';
import { ALLOWED_STATEMENTS } from './fixture/allowed-statements';
import { HOSTILE_PARTS } from './fixture/hostile-parts';
import { HOSTILE_STATEMENTS } from './fixture/hostile-statements';
import { readsOf } from './fixture/postgresql-reads';
import { RANDOM_SCHEMA, RandomQueries } from './fixture/random-query';
import type { GuardVerdict } from './guard-verdict';
import { SqlGuard } from './sql-guard';

/** PostgreSQL's own codes for a table or column that is not there, or not the only one. */
const NAME_ERRORS = new Set(['42703', '42P01', '42702', '42P09']);
const NAME_CODES = new Set(['unknown-column', 'ambiguous-column']);
/** Rows as a whole: PostgreSQL records the table, the guard its columns. */
const WHOLE_ROW = /\bc\b.*FROM customers c|json_agg\(o\)|NULL::customers|::text|\(home\)/;

const guard = new SqlGuard();
afterAll(() => guard.onApplicationShutdown());

const opened: { client: Client; database: EmptyDatabase }[] = [];
afterAll(async () => {
  for (const { client, database } of opened) {
    await client.end();
    await database.close();
  }
});

async function open(sql: string, schemas: string[]) {
  const database = await emptyDatabase(sql);
  const client = new Client(database.admin);
  await client.connect();
  opened.push({ client, database });
  await client.query(`SET search_path = ${['pg_catalog', ...schemas].join(', ')}`);
  return { client, catalog: await catalogOf(database) };
}

async function catalogOf(database: EmptyDatabase): Promise<Catalog> {
  const { client } = await connectSettling(parseSourceUrl(database.url), { allowPrivate: true });
  try {
    return (await introspect(client, null)).catalog;
  } finally {
    client.destroy();
  }
}

describe('the guard and PostgreSQL on a shop', () => {
  let shop: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    shop = await open(readFileSync(join(__dirname, 'fixture/shop.sql'), 'utf8'), ['public', 'sales']);
  });

  it.each(ALLOWED_STATEMENTS)('agree on %s', async (sql) => {
    const verdict = await guard.check(sql, shop.catalog);
    const hasParameters = verdict.parameterCount > 0;
    const reads = hasParameters ? undefined : await readsOf(shop.client, verdict.sql);

    expect(verdict.violations).toEqual([]);
    if (!reads || WHOLE_ROW.test(sql)) return;
    expect(relationsOf(verdict)).toEqual(reads.relations);
    expect(columnsOf(verdict)).toEqual(reads.columns);
  });

  it.each([...HOSTILE_STATEMENTS, ...HOSTILE_PARTS])('refuse as %s with a real catalogue: %s', async (_code, sql) => {
    const verdict = await guard.check(sql, shop.catalog);

    expect(verdict.allowed).toBe(false);
  });

  it('agree that a column is not there, or there twice', async () => {
    for (const [code, sql] of HOSTILE_STATEMENTS) {
      // To PostgreSQL `c.full_name` is a call of full_name(c), which the guard must not allow.
      if (!NAME_CODES.has(code) || sql.includes('full_name')) continue;
      const failure = await readsOf(shop.client, sql).catch((error: { code?: string }) => error.code);
      expect([sql, failure]).toEqual([sql, expect.stringMatching(/^42(703|702|P01|601|P10)$/)]);
    }
  });
});

describe('well-known extensions', () => {
  const EXTENSIONS = [
    'citext',
    'hstore',
    'pg_trgm',
    'unaccent',
    'fuzzystrmatch',
    'ltree',
    'intarray',
    'cube',
    'earthdistance',
    'btree_gist',
    'isn',
    'seg',
  ];
  const DANGEROUS = [
    'tablefunc',
    'dblink',
    'postgres_fdw',
    'lo',
    'pgcrypto',
    'uuid-ossp',
    'pg_buffercache',
    'pg_stat_statements',
    'pageinspect',
    'xml2',
  ];
  const USES = [
    `SELECT name FROM customers WHERE similarity(name, 'ann') > 0.3 ORDER BY name <-> 'ann'`,
    `SELECT name FROM customers WHERE name % 'ann' AND unaccent(name) = 'x' AND levenshtein(name, 'ann') < 3`,
    `SELECT name::citext = 'ANN', max(name::citext) FROM customers GROUP BY name`,
    `SELECT ('a=>1'::hstore)->'a', (each('a=>1'::hstore)).key, akeys('a=>1')`,
    `SELECT 'a.b'::ltree @> 'a.b.c', nlevel('a.b'), subpath('a.b.c', 0, 1)`,
    `SELECT soundex(name), earth_distance(ll_to_earth(1, 2), ll_to_earth(3, 4)) FROM customers`,
    `SELECT encode(digest('a', 'sha256'), 'hex'), uuid_generate_v4()`,
  ];
  const ABUSES = [
    `SELECT * FROM crosstab('SELECT 1, 2, 3') AS t(a int, b int)`,
    `SELECT * FROM connectby('orders', 'id', 'customer_id', '1', 0) AS t(a text, b text, c int)`,
    `SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)`,
    `SELECT set_limit(0.1)`,
    `SELECT lo_oid(1::lo)`,
    `SELECT uuid_generate_v1()`,
    `SELECT get_raw_page('orders', 0)`,
    `SELECT * FROM pg_stat_statements`,
    `SELECT * FROM public.pg_stat_statements`,
    `SELECT * FROM pg_buffercache_pages() AS t(a int)`,
    `SELECT xpath_table('id', 'doc', 'products', '/a', 'true')`,
    `SELECT pgp_sym_encrypt('a', 'b')`,
  ];

  it('bring their own use and hide nothing behind the overloads that they bring', async () => {
    const script = [...EXTENSIONS, ...DANGEROUS].map((name) => `CREATE EXTENSION "${name}";`).join('\n');
    const sql = readFileSync(join(__dirname, 'fixture/shop.sql'), 'utf8');
    const { client, catalog } = await open(`${sql}\n${script}`, ['public', 'sales']);

    for (const statement of [...ALLOWED_STATEMENTS, ...USES]) {
      expect([statement, (await guard.check(statement, catalog)).violations]).toEqual([statement, []]);
    }
    for (const statement of USES) await client.query(`EXPLAIN ${statement}`);
    for (const [, statement] of [
      ...HOSTILE_STATEMENTS,
      ...HOSTILE_PARTS,
      ...ABUSES.map((each) => ['', each] as const),
    ]) {
      expect([statement, (await guard.check(statement, catalog)).allowed]).toEqual([statement, false]);
    }
  }, 120_000);
});

describe('the guard and PostgreSQL on random queries', () => {
  it('resolve the same names to the same columns', async () => {
    const { client, catalog } = await open(RANDOM_SCHEMA, ['public', 's']);
    const queries = new RandomQueries(seededRandom(20_261_123));
    const counts = { same: 0, refused: 0 };

    for (let i = 0; i < 3_000; i += 1) {
      const sql = queries.query();
      const verdict = await guard.check(sql, catalog);
      const result = await readsOf(client, sql).catch((error: { code?: string }) => error.code ?? '');
      if (typeof result === 'string') {
        if (NAME_ERRORS.has(result) && !verdict.allowed) counts.refused += 1;
        continue;
      }
      expect([sql, verdict.violations]).toEqual([sql, []]);
      expect([sql, relationsOf(verdict)]).toEqual([sql, result.relations]);
      if (sql.includes('::text')) expect(columnsOf(verdict)).toEqual(expect.arrayContaining(result.columns));
      else expect([sql, columnsOf(verdict)]).toEqual([sql, result.columns]);
      counts.same += 1;
    }

    // Enough of both kinds for the comparison to mean something.
    expect(counts.same).toBeGreaterThan(600);
    expect(counts.refused).toBeGreaterThan(600);
  }, 180_000);
});

const relationsOf = ({ relations }: GuardVerdict) => relations.map(({ schema, name }) => `${schema}.${name}`).sort();

const columnsOf = ({ columns }: GuardVerdict) =>
  columns.map(({ schema, table, name }) => `${schema}.${table}.${name}`).sort();
