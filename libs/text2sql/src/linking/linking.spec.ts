import type { Catalog, CatalogColumn, CatalogTable } from '../data-source/catalog';
import { linkTables } from './link-tables';
import { rankTables } from './rank-tables';

function aColumn(name: string, more: Partial<CatalogColumn> = {}): CatalogColumn {
  return { name, type: 'text', nullable: true, comment: null, ...more };
}

function aTable(name: string, columns: (string | CatalogColumn)[], more: Partial<CatalogTable> = {}): CatalogTable {
  return {
    schema: 'shop',
    name,
    kind: 'table',
    comment: null,
    columns: columns.map((column) => (typeof column === 'string' ? aColumn(column) : column)),
    primaryKey: [],
    foreignKeys: [],
    estimatedRows: 0,
    ...more,
  };
}

const to = (table: string) => ({ columns: ['id'], schema: 'shop', table, references: ['id'] });
const inOther = (table: string) => ({ ...to(table), schema: 'other' });
const aCatalog = (...tables: CatalogTable[]): Catalog => ({ version: '1', schemas: ['shop'], tables, functions: [] });
const names = (tables: readonly CatalogTable[]) => tables.map(({ name }) => name);

const shop = aCatalog(
  aTable('customers', ['id', 'full_name', aColumn('city', { samples: ['Berlin', 'Zürich'] })], {
    comment: '客户：每个下过单的人',
  }),
  aTable('orders', ['id', 'customer_id', 'ordered_at', aColumn('state', { enumValues: ['paid', 'refunded'] })], {
    comment: '订单',
    foreignKeys: [to('customers')],
  }),
  aTable('order_items', ['order_id', 'product_id', 'quantity'], {
    comment: '订单明细',
    foreignKeys: [to('orders'), to('products')],
  }),
  aTable('products', ['id', 'title', aColumn('price', { comment: '单价' })], { comment: '产品' }),
  aTable('WarehouseStock', ['sku', 'amount']),
  aTable('audit_events', ['at', 'actor']),
);

describe('rankTables', () => {
  it.each([
    ['How many customers are there?', 'customers'],
    ['Which product has the highest price?', 'products'],
    ['quantities of items per order', 'order_items'],
    ['stock of the warehouse', 'WarehouseStock'],
    ['people in zurich', 'customers'],
    ['how many were refunded?', 'orders'],
    ['活跃客户有多少', 'customers'],
    ['上个月的订单', 'orders'],
    ['哪个产品的单价最高？', 'products'],
  ])('puts the table that "%s" is about first', (question, table) => {
    expect(rankTables(question, shop)[0]?.table.name).toBe(table);
  });

  it('ranks every table, the same way each time', () => {
    const ranked = rankTables('orders of customers', shop);

    expect(ranked).toHaveLength(shop.tables.length);
    expect(rankTables('orders of customers', shop)).toEqual(ranked);
  });

  it('prefers the schema that the whole question is about', () => {
    const pool = aCatalog(
      aTable('addresses', ['street', 'city'], { schema: 'school' }),
      aTable('students', ['student_id', 'grade'], { schema: 'school' }),
      aTable('addresses', ['street', 'city'], { schema: 'a_bank' }),
      aTable('accounts', ['iban', 'balance'], { schema: 'a_bank' }),
    );

    const [, second] = rankTables('addresses of students', pool);
    expect(rankTables('addresses of students', pool)[0]?.table.schema).toBe('school');
    expect(second?.table.schema).toBe('school');
  });

  describe('by Chinese aliases of English names', () => {
    const inSchema = (schema: string, name: string, aliases: string[], columns: CatalogColumn[] = []) =>
      aTable(name, [aColumn('id'), ...columns], { schema, aliases });
    const pool = aCatalog(
      inSchema('school', 'instructor', ['教师', '讲师']),
      inSchema('school', 'room', ['教室'], [aColumn('size', { aliases: ['座位数'] })]),
      inSchema('label', 'songs', ['歌曲', '曲目']),
      inSchema('radio', 'song', ['歌曲']),
      inSchema('radio', 'host', ['主持人']),
      inSchema('office', 'made_by', ['由谁制作', '的人', '有哪些']),
      inSchema('office', 'desk', ['办公桌']),
    );
    const first = (question: string) => rankTables(question, pool)[0]?.table.name;

    it.each([
      ['part of an alias', '谁讲得最好？', 'instructor'],
      ['an alias of a column', '哪些有五十个座位？', 'room'],
      ['what is left without words that only hold a sentence together', '有哪些人主持过？', 'host'],
    ])('finds a table by %s', (_, question, table) => {
      expect(first(question)).toBe(table);
    });

    it('looks for the same name in another schema, whose aliases lack the word', () => {
      const ranked = rankTables('曲目', pool).filter(({ score }) => score > 0);

      expect(ranked.map(({ table }) => `${table.schema}.${table.name}`)).toEqual([
        'label.songs',
        'radio.song',
        'radio.host',
      ]);
    });

    it('prefers a table that is called so as a whole to one whose columns are', () => {
      const world = aCatalog(
        inSchema('world', 'city', ['城市', '市镇'], [aColumn('a', { aliases: ['国家代码', '所属国家'] })]),
        inSchema(
          'world',
          'sovereign',
          ['主权国', '国家', '邦国', '政治实体', '行政领土'],
          [aColumn('b', { aliases: ['官方语言'] }), aColumn('c', { aliases: ['政体形式'] })],
        ),
      );

      expect(rankTables('有多少个国家？', world)[0]?.table.name).toBe('sovereign');
    });

    it('prefers the schema whose columns the question is about, too', () => {
      const twice = aCatalog(
        inSchema('a_shop', 'people', ['人员'], [aColumn('x', { aliases: ['折扣'] })]),
        inSchema('clinic', 'people', ['人员']),
        inSchema('clinic', 'visits', ['来访'], [aColumn('y', { aliases: ['血压'] })]),
      );
      const best = rankTables('血压高的人员', twice).filter(({ table }) => table.name === 'people')[0];

      expect(best?.table.schema).toBe('clinic');
    });
  });

  it('reads both ends of a long text', () => {
    const filler = 'and so on, and so forth, as was said before. '.repeat(200);

    expect(rankTables(`${filler} Which product has the highest price?`, shop)[0]?.table.name).toBe('products');
    expect(rankTables(`How many customers are there? ${filler}`, shop)[0]?.table.name).toBe('customers');
  });

  it('survives questions and catalogues without words', () => {
    expect(rankTables('', aCatalog())).toEqual([]);
    expect(rankTables('\ud800 ((( 😀', shop)).toHaveLength(6);
    expect(rankTables('x', aCatalog(aTable('', [])))).toHaveLength(1);
  });
});

describe('linkTables', () => {
  it('joins the neighbours by foreign keys before weaker finds', () => {
    const many = Array.from({ length: 20 }, (_, number) => aTable(`note_${number}`, ['customer_note']));
    const pool = aCatalog(...shop.tables, ...many, aTable('zebra', [], { foreignKeys: [to('customers')] }));

    const linked = names(
      linkTables('customers and their orders, products, order items, stock', pool, { maxTables: 10 }),
    );

    expect(linked.slice(0, 5)).toEqual(expect.arrayContaining(['customers', 'orders', 'order_items', 'products']));
    expect(linked).toContain('zebra');
    expect(linked).toHaveLength(10);
  });

  it('prefers a neighbour of what was found to well connected tables that do not fit at all', () => {
    const crowd = Array.from({ length: 12 }, (_, number) =>
      aTable(`filler_${number}`, [], {
        schema: 'other',
        foreignKeys: [inOther('hub'), inOther('hub'), inOther('hub')],
      }),
    );
    const pool = aCatalog(
      aTable('invoices', ['total'], { schema: 'bank', foreignKeys: [{ ...to('payers'), schema: 'a_third' }] }),
      aTable('payers', ['title'], { schema: 'a_third' }),
      aTable('hub', [], { schema: 'other' }),
      ...crowd,
    );

    expect(names(linkTables('invoices', pool))).toEqual(['invoices', 'payers']);
  });

  it('gives at most as many as asked for, each once', () => {
    expect(linkTables('customers', shop, { maxTables: 2 })).toHaveLength(2);
    const linked = linkTables('customers orders', shop, { maxTables: 30 });
    expect(new Set(linked).size).toBe(linked.length);
  });

  it('falls back on the best connected tables when the letters tell nothing', () => {
    const linked = names(linkTables('xyzzy', shop, { maxTables: 10 }));

    expect(linked).toHaveLength(6);
    expect(linked.slice(0, 2).sort()).toEqual(['order_items', 'orders']);
  });
});
