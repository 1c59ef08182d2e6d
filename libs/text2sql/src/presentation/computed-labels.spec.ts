import type { Catalog, CatalogColumn, CatalogTable } from '../data-source/catalog';
import { SqlGuard } from '../guard/sql-guard';
import { scriptLanguage, withLabels } from './column-labels';

const guard = new SqlGuard();
afterAll(() => guard.onApplicationShutdown());

const column = (name: string, aliases?: string[]): CatalogColumn => ({
  name,
  type: 'text',
  nullable: true,
  comment: null,
  ...(aliases && { aliases }),
});
const table = (name: string, aliases: string[], columns: CatalogColumn[]): CatalogTable => ({
  schema: 'public',
  name,
  kind: 'table',
  comment: null,
  aliases,
  columns,
  primaryKey: ['id'],
  foreignKeys: [],
  estimatedRows: 0,
});

const CATALOG: Catalog = {
  version: 'v',
  schemas: ['public'],
  tables: [
    table(
      'orders',
      ['订单'],
      [
        column('id'),
        column('customer_id', ['客户编号']),
        column('amount', ['金额']),
        column('quantity', ['件数']),
        column('fee'),
        column('ordered_at', ['下单时间']),
      ],
    ),
    table('customers', ['客户'], [column('id'), column('city', ['城市']), column('Name', ['姓名'])]),
    table('Order Details', ['订单明细'], [column('id'), column('Unit Price', ['单价'])]),
    table('category', ['类别'], [column('id')]),
    table('产品', ['products'], [column('id'), column('价格', ['price'])]),
  ],
  functions: [],
};

/** Labels of a statement's columns, of which PostgreSQL would say the names. */
async function labelsOf(question: string, sql: string, tag?: string) {
  const output = await guard.output(sql);
  const columns = (output?.columns ?? []).map(({ name }) => ({ name, type: 'text' }));
  const shape = await guard.shapeOf('sum(amount * quantity)');
  const metrics = [{ entry: { name: 'ARR', synonyms: ['年度经常性收入'] }, shape }];
  const language = scriptLanguage(question, tag);
  const facts = { sql, catalog: CATALOG, language, metrics, ...(output && { output }), ...(tag && { tag }) };
  return withLabels(columns, facts).map(({ label }) => label);
}

describe('the label of what is computed', () => {
  it.each<[string, string[], string[]]>([
    ['SELECT count(*) FROM orders', ['订单数量'], ['Number of orders']],
    ['SELECT count(*) AS n FROM orders', ['订单数量'], ['N']],
    ['SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id', ['数量'], ['Count']],
    ['SELECT count(o.id) FROM orders o JOIN customers c ON c.id = o.customer_id', ['订单数量'], ['Number of orders']],
    ['SELECT count(DISTINCT customer_id) FROM orders', ['不同客户编号数量'], ['Number of distinct customer ID']],
    ['SELECT sum(amount) AS total FROM orders', ['金额合计'], ['Total']],
    ['SELECT sum(o.amount) FROM orders o', ['金额合计'], ['Total amount']],
    ['SELECT round(avg(amount)::numeric, 2) FROM orders', ['平均金额'], ['Average amount']],
    ['SELECT max(amount), min(amount) FROM orders', ['最大金额', '最小金额'], ['Maximum amount', 'Minimum amount']],
    ['SELECT coalesce(sum(fee), 0) FROM orders', ['Fee 合计'], ['Total fee']],
    ['SELECT amount * quantity FROM orders', ['金额 × 件数'], ['Amount × Quantity']],
    [
      'SELECT 100.0 * sum(amount) / nullif(count(*), 0) FROM orders',
      ['金额合计 / 订单数量'],
      ['Total amount / Number of orders'],
    ],
    ["SELECT date_trunc('month', ordered_at) FROM orders", ['月份'], ['Month']],
    ["SELECT date_trunc('month', ordered_at)::date AS month FROM orders", ['月份'], ['Month']],
    ['SELECT extract(year FROM ordered_at) AS y FROM orders', ['年份'], ['Y']],
    ['SELECT sum(amount) OVER (ORDER BY ordered_at) FROM orders', ['累计金额'], ['Running total of amount']],
    ['SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM orders', ['金额中位数'], ['Median amount']],
    ['SELECT rank() OVER (ORDER BY amount) FROM orders', ['排名'], ['Rank']],
    ['SELECT city AS town FROM customers', ['城市'], ['Town']],
    ['SELECT "Name" FROM customers', ['姓名'], ['Name']],
    ['SELECT avg("Unit Price") FROM "Order Details"', ['平均单价'], ['Average Unit Price']],
    ['SELECT max(价格) FROM 产品', ['最大价格'], ['Maximum price']],
    ['SELECT count(*) FROM category', ['类别数量'], ['Number of categories']],
    ['SELECT count(*) AS 数 FROM 产品', ['数'], ['Number of products']],
    [
      'WITH t AS (SELECT city, count(*) AS c FROM customers GROUP BY 1) SELECT city, c FROM t',
      ['城市', '客户数量'],
      ['City', 'C'],
    ],
    [
      'SELECT max(s) FROM (SELECT sum(amount) AS s FROM orders GROUP BY customer_id) x',
      ['最大金额合计'],
      ['Maximum total amount'],
    ],
    ['SELECT sum(amount) FROM orders UNION SELECT 1', ['金额合计'], ['Total amount']],
    ['SELECT sum(o.amount * o.quantity) AS x FROM orders o', ['年度经常性收入'], ['ARR']],
    ['SELECT 5 AS arr', ['年度经常性收入'], ['ARR']],
  ])('of %s', async (sql, chinese, english) => {
    expect(await labelsOf('每个城市多少？', sql)).toEqual(chinese);
    expect(await labelsOf('How much for each city?', sql)).toEqual(english);
  });

  it('is none where nothing can be said', async () => {
    expect(await labelsOf('How much?', 'SELECT 1, CASE WHEN true THEN 2 END')).toEqual([undefined, 'Case']);
  });

  it('is in the letters of Taiwan where these were asked for', async () => {
    const sql = 'SELECT count(*), sum(amount), stddev(amount) FROM orders';

    expect(await labelsOf('How much?', sql, 'zh-TW')).toEqual(['订单數量', '金额合計', '金额標準差']);
  });

  it('keeps to the names of the SQL in languages that it has no words of', async () => {
    expect(await labelsOf('Wie viel?', 'SELECT count(*), sum(amount) AS summe FROM orders', 'de')).toEqual([
      'Count',
      'Summe',
    ]);
    expect(await labelsOf('いくらですか', 'SELECT count(*) AS 件数 FROM orders')).toEqual(['件数']);
  });

  it('goes by the names of the columns behind a star', async () => {
    const sql = 'SELECT c.*, count(*) OVER () AS n FROM customers c';
    const output = await guard.output(sql);
    const columns = ['id', 'city', 'Name', 'n'].map((name) => ({ name, type: 'text' }));

    const labels = withLabels(columns, { sql, catalog: CATALOG, language: 'zh', ...(output && { output }) });

    expect(labels.map(({ label }) => label)).toEqual(['ID', '城市', '姓名', '客户数量']);
  });
});
