import { BackgroundRunner, BackgroundSettings } from '@memori/llm';
import { withClient } from '@memori/database';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';
import { DataSources } from '../data-source/data-sources';
import { linkTables } from '../linking/link-tables';

let world: QuestionWorld;

jest.setTimeout(60_000);

beforeAll(async () => {
  world = await questionWorld({
    // Nothing moves in the background but by `settle()`.
    env: { MEMORI_BACKGROUND_MODEL_CALLS: 'true', MEMORI_ROLE: 'api' },
    schema: `
      CREATE TABLE customers (id int PRIMARY KEY, full_name text, city text, status text);
      CREATE TABLE invoices (id int PRIMARY KEY, customer_id int REFERENCES customers, amount numeric);
      CREATE TABLE audit (at timestamptz, note text);
      INSERT INTO customers VALUES (1, 'A secret name', 'Paris', 'vip');`,
  });
  Object.assign(world.get(BackgroundSettings), { directCalls: 1 });
});
afterAll(() => world?.close());

const settle = async () => {
  await world.get(BackgroundRunner).round();
  await world.get(BackgroundRunner).round();
};
const aliasCalls = () => world.claude.requests.filter(({ purpose }) => purpose === 'memori-aliases-1');
const catalog = async () => {
  const dataSources = world.get(DataSources);
  return dataSources.catalog(await dataSources.resolve(ADMIN, world.dataSource.id));
};
const sync = () => world.get(DataSources).sync(ADMIN, world.dataSource.id);

it('learns what people call the tables of a new data source, and pays with the purse of who registered it', async () => {
  await settle();

  const { tables } = await catalog();
  const invoices = tables.find(({ name }) => name === 'invoices');
  const charges = await world.sql('SELECT user_id, purpose, data_source_id, model FROM memori.journal');
  expect(invoices?.aliases).toEqual(expect.arrayContaining(['bill', '发票', '账单']));
  expect(invoices?.columns.find(({ name }) => name === 'amount')?.aliases).toContain('金额');
  expect(charges).toEqual([
    { user_id: 'admin', purpose: 'aliases', data_source_id: world.dataSource.id, model: 'claude-haiku-5-5' },
  ]);
});

it('shows the model no value', () => {
  expect(aliasCalls()).toHaveLength(1);
  expect(aliasCalls()[0]?.promptText).not.toMatch(/secret name|Paris|vip/);
  expect(world.claude.rejected).toEqual([]);
});

it('finds an English table by a Chinese question from then on', async () => {
  expect(linkTables('上个月开了多少账单?', await catalog(), { maxTables: 2 })[0]?.name).toBe('invoices');
});

it('keeps the version of the catalogue', async () => {
  expect((await catalog()).version).toBe(world.dataSource.version);
});

it('asks again only about what changed, and never overwrites what a person wrote', async () => {
  await sync();
  await settle();
  const unchanged = aliasCalls().length;
  await withClient(world.source.admin, (client) => client.query('ALTER TABLE customers ADD COLUMN phone text'));
  await world.sql(`UPDATE memori.catalog_aliases SET source = 'person', aliases = '{会员}'
    WHERE table_name = 'customers' AND column_name = '' AND language = 'zh'`);

  await sync();
  await settle();

  const customers = (await catalog()).tables.find(({ name }) => name === 'customers');
  expect([unchanged, aliasCalls().length]).toEqual([1, 2]);
  expect(aliasCalls()[1]?.question).not.toContain('invoices');
  expect(customers?.aliases).toContain('会员');
  expect(customers?.aliases).not.toContain('顾客');
  expect(customers?.columns.find(({ name }) => name === 'phone')?.aliases).toContain('电话');
});

it('forgets it with the data source', async () => {
  await world.get(DataSources).delete(ADMIN, world.dataSource.id);

  expect(await world.sql('SELECT FROM memori.catalog_aliases')).toEqual([]);
  expect(await world.sql('SELECT FROM memori.described_tables')).toEqual([]);
});
