import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { emptyDatabase, type EmptyDatabase } from '@memori/testing';
import type { VerifiedParameter } from '../verified-query/verified-query';
import { fillDemoDatabase } from './demo-database';

interface DemoQuery {
  readonly question: string;
  readonly sql: string;
  readonly parameters: readonly VerifiedParameter[];
}

const QUERIES = readFileSync(join(__dirname, 'verified-queries.ndjson'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as DemoQuery);
const VALUES: Record<string, string> = {
  year: '2025',
  n: '3',
  city: '上海',
  day: '2026-06-01',
  score: '85',
  product: 'CF-0001',
};
const isChinese = (text: string) => /\p{Script=Han}/u.test(text);

describe('the demo database', () => {
  let source: EmptyDatabase;
  let client: Client;

  beforeAll(async () => {
    source = await emptyDatabase();
    await fillDemoDatabase(source.admin);
    client = new Client(source.admin);
    await client.connect();
    await client.query('SET search_path = pg_catalog, coffee');
  }, 60_000);

  afterAll(async () => {
    await client.end();
    await source.close();
  });

  const one = async (sql: string, params: unknown[] = []) =>
    (await client.query<Record<string, unknown>>(sql, params)).rows[0];

  it('holds some tens of thousands of rows in about a dozen tables, with comments in both languages', async () => {
    const tables = (
      await client.query<{ name: string; comment: string }>(
        `SELECT c.relname AS name, obj_description(c.oid) AS comment FROM pg_class c
       WHERE c.relnamespace = 'coffee'::regnamespace AND c.relkind = 'r'`,
      )
    ).rows;
    const counts = await Promise.all(
      tables.map(async ({ name }) => Number((await one(`SELECT count(*) AS n FROM coffee.${name}`))?.['n'])),
    );

    expect(tables.length).toBeGreaterThanOrEqual(12);
    expect(tables.every(({ comment }) => isChinese(comment) && /[a-z]{3}/i.test(comment))).toBe(true);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(40_000);
  });

  it('is the same every time, whatever the time zone', async () => {
    const other = await emptyDatabase();
    const checksum = `SELECT md5(string_agg(o::text || l::text, '' ORDER BY o.id, l.line_no)) AS sum
                      FROM coffee.orders o JOIN coffee.order_lines l ON l.order_id = o.id`;
    await fillDemoDatabase({ ...other.admin, options: '-c TimeZone=Asia/Kathmandu' });
    const second = new Client({ ...other.admin, options: '-c TimeZone=UTC' });
    await second.connect();
    await client.query(`SET TimeZone = 'UTC'`);

    const sums = [await one(checksum), (await second.query<Record<string, unknown>>(checksum)).rows[0]];

    await second.end();
    await other.close();
    expect(sums[0]).toEqual(sums[1]);
  }, 60_000);

  it('is filled once: a second call leaves it as it is', async () => {
    await client.query(`UPDATE coffee.regions SET name = 'changed' WHERE code = 'north'`);

    await fillDemoDatabase(source.admin);

    expect(await one(`SELECT name FROM coffee.regions WHERE code = 'north'`)).toEqual({ name: 'changed' });
  });

  it('has at least twenty verified queries in English, and eight in Chinese', () => {
    const chinese = QUERIES.filter(({ question }) => isChinese(question));

    expect(QUERIES.length - chinese.length).toBeGreaterThanOrEqual(20);
    expect(chinese.length).toBeGreaterThanOrEqual(8);
    expect(QUERIES.some(({ parameters }) => parameters.length > 1)).toBe(true);
  });

  it.each(QUERIES.map((query) => [query.question, query] as const))(
    'answers "%s" with rows',
    async (_question, { sql, parameters }) => {
      const values = parameters.map(({ name }) => VALUES[name]);

      const { rows } = await client.query(sql, values);

      expect(rows.length).toBeGreaterThan(0);
    },
  );
});
