import { withClient } from '@memori/database';
import { emptyDatabase, type EmptyDatabase } from '@memori/testing';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';
import { readCatalog, readValues } from '../data-source/read-catalog';
import { DataSources } from '../data-source/data-sources';
import { findValues } from './find-values';
import { ValueStore } from './value-store';

const SCRIPT = `
  CREATE TABLE customers (
    id int PRIMARY KEY, name text, email text, city text, note text, api_token text, tier text, nickname text);
  INSERT INTO customers
    SELECT n, (ARRAY['Mary Smith', 'John Miller', 'Susan Gray'])[1 + n % 3], 'c' || n || '@example.com',
      (ARRAY['Zürich', 'New York', '北京市'])[1 + n % 3], CASE n WHEN 7 THEN 'call +49 170 1234567' ELSE 'regular' END,
      'sk_live_' || md5(n::text), CASE n % 2 WHEN 0 THEN 'gold' ELSE 'silver' END, 'nick' || n
    FROM generate_series(1, 60) n;
  CREATE TABLE products (id int PRIMARY KEY, title text, state char(10), body text, kind varchar(20), empty text);
  INSERT INTO products SELECT n, 'Product ' || n, 'ready', repeat('long ', 40) || n, CASE WHEN n % 9 = 0 THEN '  ' ELSE 'tool' END, NULL
    FROM generate_series(1, 3000) n;
  CREATE VIEW slow AS SELECT 'x'::text AS label FROM pg_sleep(60);
  CREATE TABLE hidden (secret_plan text); REVOKE ALL ON hidden FROM PUBLIC; INSERT INTO hidden VALUES ('never');`;

const stored = (world: QuestionWorld) =>
  world.sql<{ table_name: string; column_name: string; stored_values: string[]; is_complete: boolean }>(
    'SELECT table_name, column_name, stored_values, is_complete FROM memori.column_values ORDER BY 1, 2',
  );
const columnsOf = (rows: { table_name: string; column_name: string }[]) =>
  rows.map(({ table_name, column_name }) => `${table_name}.${column_name}`);

describe('the values of a data source', () => {
  let world: QuestionWorld;
  const sources = () => world.get(DataSources);
  beforeAll(async () => {
    world = await questionWorld({ schema: SCRIPT });
  }, 30_000);
  afterAll(() => world?.close());
  afterEach(() => sources().update(ADMIN, 'shop', { sampleValues: 'safe' }));

  it('are read when it is registered, and nothing of a person or a secret is among them', async () => {
    const rows = await stored(world);

    expect(columnsOf(rows)).toEqual([
      'customers.city',
      'customers.tier',
      'products.kind',
      'products.state',
      'products.title',
    ]);
    expect(rows.map(({ stored_values }) => stored_values.slice(0, 3))).toEqual([
      ['New York', 'Zürich', '北京市'],
      ['gold', 'silver'],
      ['tool'],
      ['ready'],
      ['Product 1', 'Product 10', 'Product 100'],
    ]);
    const everything = JSON.stringify(rows);
    for (const secret of ['Mary', 'example.com', 'sk_live', '+49', 'nick', 'never', 'long long'])
      expect(everything).not.toContain(secret);
  });

  it('are bounded, and say when they are not all', async () => {
    const title = (await stored(world)).find(({ column_name }) => column_name === 'title');

    expect(title?.stored_values).toHaveLength(2000);
    expect(title?.is_complete).toBe(false);
    const { findings } = await sources().get(ADMIN, 'shop');
    expect(findings.find(({ code }) => code === 'values-incomplete')?.message).toMatch(/^1 tables were not read/);
  });

  it('hold names where everything is allowed, secrets never, and nothing where nothing is', async () => {
    await sources().update(ADMIN, 'shop', { sampleValues: 'all' });
    const all = columnsOf(await stored(world));

    expect(all).toEqual(expect.arrayContaining(['customers.name', 'customers.email']));
    expect(all).not.toContain('customers.api_token');
    await sources().update(ADMIN, 'shop', { sampleValues: 'off' });
    expect(await stored(world)).toEqual([]);
  });

  it('follow the data at the next synchronisation, also in the memory of a process', async () => {
    const find = async (text: string) => {
      const record = await sources().resolve(ADMIN, 'shop');
      const index = await world.get(ValueStore).read(record, await sources().catalog(record));
      return findValues(index, text)[0]?.value;
    };
    expect(await find('people in zurich')).toBe('Zürich');
    await withClient(world.source.admin, (client) =>
      client.query(`UPDATE customers SET city = 'Genève' WHERE city = 'Zürich'`),
    );

    await sources().sync(ADMIN, 'shop');

    expect(await find('people in geneve')).toBe('Genève');
    expect(await find('people in zurich')).toBeUndefined();
  });

  it('belong to their tenant', async () => {
    const count = (tenant: string) =>
      withClient(world.db.config, async (client) => {
        await client.query(
          "SELECT set_config('memori.tenant_id', $1, false), set_config('memori.user_id', '*', false)",
          [tenant],
        );
        return (await client.query('SELECT FROM memori.column_values')).rowCount;
      });

    expect(await count('default')).toBeGreaterThan(0);
    expect(await count('somebody-else')).toBe(0);
  });

  it('go with their data source', async () => {
    const other = await sources().create(ADMIN, { name: 'other', dialect: 'postgresql', url: world.source.url });
    const count = () => world.sql('SELECT FROM memori.column_values WHERE data_source_id = $1', [other.id]);
    expect((await count()).length).toBeGreaterThan(0);

    await sources().delete(ADMIN, 'other');

    expect(await count()).toEqual([]);
  });
});

describe('gathering values', () => {
  let database: EmptyDatabase;
  beforeAll(async () => {
    database = await emptyDatabase(`
      CREATE TABLE big (state text); INSERT INTO big SELECT CASE WHEN n < 140000 THEN 'old' ELSE 'new' END FROM generate_series(1, 150000) n;
      CREATE TABLE wide (${Array.from({ length: 40 }, (_, n) => `c${n} text`).join(', ')});
      INSERT INTO wide (c0, c39) VALUES ('first', 'last'); ANALYZE;`);
  });
  afterAll(() => database?.close());

  it('reads some pages of a big table, and all columns of a wide one', async () => {
    const { columns, missed } = await readValues(database.url, await readCatalog(database.url), 'safe');

    expect(missed).toEqual([]);
    expect(columns.map(({ column, values, isComplete }) => [column, values, isComplete])).toEqual([
      ['c0', ['first'], true],
      ['c39', ['last'], true],
      ['state', ['old', 'new'], false],
    ]);
  });
});
