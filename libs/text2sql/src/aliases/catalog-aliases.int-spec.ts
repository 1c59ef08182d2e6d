import { BackgroundRunner, BackgroundSettings } from '@memori/llm';
import { withClient } from '@memori/database';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';
import { DataSources } from '../data-source/data-sources';
import type { AliasLine } from './alias-edits';
import { EditedAliases } from './edited-aliases';
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

it('asks for the languages of the data source, also when they change alone, and shows no other', async () => {
  const before = aliasCalls().length;

  const changed = await world.get(DataSources).update(ADMIN, world.dataSource.id, { languages: ['de', 'pt-br'] });
  await settle();

  const invoices = (await catalog()).tables.find(({ name }) => name === 'invoices');
  const [asked] = aliasCalls().slice(before);
  expect(changed.languages).toEqual(['de', 'pt-BR']);
  expect(asked?.promptText).toContain('in German and in Brazilian Portuguese');
  expect(invoices?.aliases).toEqual(['invoices (de)', 'invoices (pt-BR)']);

  await world.get(DataSources).update(ADMIN, world.dataSource.id, { languages: null });
  await settle();
  expect((await catalog()).tables.find(({ name }) => name === 'invoices')?.aliases).toContain('发票');
});

describe('what a person writes', () => {
  const edited = () => world.get(EditedAliases);
  const write = (line: Omit<AliasLine, 'schema' | 'table'>) =>
    edited().change(ADMIN, world.dataSource.id, [{ schema: 'public', table: 'invoices', ...line }]);
  const invoices = async () => (await catalog()).tables.find(({ name }) => name === 'invoices');

  it('stands in place of what the model wrote, also after the model wrote again', async () => {
    await write({ aliases: ['对账单', 'receipt'], columns: { amount: [] } });
    await withClient(world.source.admin, (client) => client.query('ALTER TABLE invoices ADD COLUMN city text'));
    await sync();
    await settle();

    const table = await invoices();
    const amount = table?.columns.find(({ name }) => name === 'amount');
    expect(table?.aliases).toEqual(['对账单', 'receipt']);
    expect(amount?.aliases ?? []).toEqual([]);
    expect(table?.columns.find(({ name }) => name === 'city')?.aliases).toContain('城市');
    expect(linkTables('上个月的对账单', await catalog(), { maxTables: 2 })[0]?.name).toBe('invoices');
  });

  it('is listed as his, table by table', async () => {
    const page = await edited().list(ADMIN, world.dataSource.id, { limit: 2 });
    const next = await edited().list(ADMIN, world.dataSource.id, { limit: 2, cursor: page.nextCursor ?? '' });

    expect([...page.items, ...next.items].map(({ table }) => table)).toEqual(['audit', 'customers', 'invoices']);
    expect(next.items[0]).toMatchObject({
      aliases: ['对账单', 'receipt'],
      writtenByPerson: { table: true, columns: ['amount'] },
    });
  });

  it('gives way to the model again when he takes it back', async () => {
    const [now] = await write({ aliases: null, columns: { amount: null } });

    expect(now?.aliases).toContain('发票');
    expect(now?.columns['amount']).toContain('金额');
    expect(now?.writtenByPerson).toEqual({ table: false, columns: [] });
  });

  it('changes nothing when any of it is wrong', async () => {
    const wrong = write({ aliases: ['x'], columns: { amount: ['y', ' '], 'no/where': ['z'] } });

    await expect(wrong).rejects.toMatchObject({
      facts: { errors: [{ pointer: '/items/0/columns/amount/1' }, { pointer: '/items/0/columns/no~1where' }] },
    });
    expect((await invoices())?.aliases).not.toContain('x');
  });
});

it('forgets it with the data source', async () => {
  await world.get(DataSources).delete(ADMIN, world.dataSource.id);

  expect(await world.sql('SELECT FROM memori.catalog_aliases')).toEqual([]);
  expect(await world.sql('SELECT FROM memori.described_tables')).toEqual([]);
});
