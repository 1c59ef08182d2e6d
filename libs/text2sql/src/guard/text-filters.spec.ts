import { aTable, shopCatalog } from './fixture/shop-catalog';
import { SqlGuard } from './sql-guard';
import type { TextFilter } from './text-filters';

const guard = new SqlGuard();
const catalog = shopCatalog({
  tables: [
    aTable('sales.customers', 'id, name, city', { name: 'text', city: 'text' }),
    aTable('sales.orders', 'id, customer_id, city, state', { city: 'text', state: 'text' }),
  ],
  schemas: ['sales'],
});

afterAll(() => guard.onApplicationShutdown());

const shown = ({ columns, text, kind, ignoresCase, isNegated }: TextFilter) =>
  `${isNegated ? 'not ' : ''}${columns.map(({ table, name }) => `${table}.${name}`).join('|')} ${ignoresCase ? '~' : ''}${kind} ${text}`;

async function filtersOf(sql: string): Promise<string[]> {
  const verdict = await guard.check(sql, catalog);
  expect(verdict.violations).toEqual([]);
  return (await guard.textFilters(verdict)).map(shown);
}

describe('textFilters', () => {
  it.each<[string, string[]]>([
    ["SELECT id FROM customers WHERE city = 'Paris'", ['customers.city value Paris']],
    ["SELECT id FROM customers WHERE 'Paris' = city", ['customers.city value Paris']],
    ["SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.city = 'x'", ['orders.city value x']],
    [
      "SELECT id FROM orders WHERE state IN ('new', 'old') AND city <> 'y'",
      ['orders.state value new', 'orders.state value old', 'not orders.city value y'],
    ],
    ["SELECT id FROM orders WHERE state NOT IN ('new')", ['not orders.state value new']],
    ["SELECT id FROM orders WHERE state = ANY (ARRAY['new'])", ['orders.state value new']],
    ["SELECT id FROM customers WHERE lower(name) = lower('Ann')", ['customers.name ~value Ann']],
    [
      "SELECT id FROM customers WHERE name ILIKE '%ann%' OR name LIKE 'b%'",
      ['customers.name ~pattern %ann%', 'customers.name pattern b%'],
    ],
    [
      "SELECT id FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE state = 'new')",
      ['orders.state value new'],
    ],
    ["SELECT count(*) FILTER (WHERE state = 'new') FROM orders", ['orders.state value new']],
    ["WITH o AS (SELECT * FROM orders) SELECT o.id FROM o WHERE o.state = 'new'", ['orders.state value new']],
    ["SELECT 'Paris' AS city FROM customers WHERE id = 3", []],
  ])('reads %s', async (sql, expected) => {
    expect(await filtersOf(sql)).toEqual(expected);
  });
});
