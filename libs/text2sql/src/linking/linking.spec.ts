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
