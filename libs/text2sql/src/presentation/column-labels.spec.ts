import type { Catalog, CatalogColumn } from '../data-source/catalog';
import { scriptLanguage, withLabels } from './column-labels';

const column = (name: string, more: Partial<CatalogColumn> = {}): CatalogColumn => ({
  name,
  type: 'text',
  nullable: true,
  comment: null,
  ...more,
});

const table = (name: string, columns: CatalogColumn[]) => ({
  schema: 'public',
  name,
  kind: 'table' as const,
  comment: null,
  columns,
  primaryKey: [],
  foreignKeys: [],
  estimatedRows: 0,
});

const CATALOG: Catalog = {
  version: 'v',
  schemas: ['public'],
  tables: [
    table('orders', [
      column('amount', { aliases: ['total', '金额', '销售额'] }),
      column('city', { comment: '城市' }),
      column('note', { comment: '这是一段很长的说明，'.repeat(5) }),
      column('state', { aliases: ['订单状态'] }),
    ]),
    table('customers', [column('state', { aliases: ['所在州'] }), column('客户名', { aliases: ['customer name'] })]),
    table('others', [column('amount', { aliases: ['数量'] })]),
  ],
  functions: [],
};

function labels(names: string[], question: string, sql = 'SELECT * FROM orders JOIN customers ON true', tag?: string) {
  const columns = names.map((name) => ({ name, type: 'text' }));
  const language = scriptLanguage(question, tag);
  return withLabels(columns, { sql, catalog: CATALOG, language }).map(({ label }) => label);
}

describe('the label of a column', () => {
  it.each([
    ['net_revenue', 'Net revenue'],
    ['netRevenue', 'Net revenue'],
    ['n', 'N'],
    ['customer_id', 'Customer ID'],
    ['Net Revenue (EUR)', 'Net Revenue (EUR)'],
    ['ARR', 'ARR'],
    ['totalUSD', 'Total USD'],
    ['größe_2', 'Größe 2'],
    ['?column?', undefined],
    ['__', undefined],
    ['客户数', '客户数'],
  ])('of %j is made of its words: %j', (name, label) => {
    expect(labels([name], 'How much?')).toEqual([label]);
  });

  it('is what people call it in the language of the question', () => {
    expect(labels(['amount', 'city', 'order_count'], '每个城市的金额')).toEqual(['金额', '城市', 'Order count']);
    expect(labels(['amount', 'city', '客户名'], 'Amount by city')).toEqual(['Amount', 'City', 'customer name']);
  });

  it('is in the language that was asked for', () => {
    expect(labels(['amount'], 'Amount by city', undefined, 'zh-Hant-TW')).toEqual(['金额']);
    expect(labels(['amount'], '每个城市的金额', undefined, 'de')).toEqual(['Amount']);
  });

  it('comes from the tables of the query alone, and from none where they differ', () => {
    expect(labels(['amount'], '多少', 'SELECT amount FROM others')).toEqual(['数量']);
    expect(labels(['state'], '多少')).toEqual(['State']);
    expect(labels(['note'], '多少')).toEqual(['Note']);
  });
});
