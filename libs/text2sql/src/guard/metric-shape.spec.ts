import { shopCatalog } from './fixture/shop-catalog';
import { SqlGuard } from './sql-guard';

const guard = new SqlGuard();
const shop = shopCatalog();

afterAll(() => guard.onApplicationShutdown());

const check = (expression: string, from: string) => guard.checkMetric({ expression, from }, shop);

describe('a metric', () => {
  it.each([
    ['count(*)', 'customers'],
    ['count(*) FILTER (WHERE c.name IS NOT NULL) -- all who have one', 'customers AS c'],
    ['count(DISTINCT c.id)::numeric / NULLIF(count(*), 0)', 'customers c JOIN orders o ON o.customer_id = c.id'],
    ['CASE WHEN name = $$a;b$$ THEN 1 END', '(customers LEFT JOIN orders USING (id))'],
  ])('may be %s of %s', async (expression, from) => {
    await expect(check(expression, from)).resolves.toMatchObject({ allowed: true, violations: [] });
  });

  it('tells the tables that it reads', async () => {
    const { relations } = await check('count(*)', 'customers c JOIN orders o ON o.customer_id = c.id');

    expect(relations.map(({ name }) => name).sort()).toEqual(['customers', 'orders']);
  });

  it.each([
    ['unsupported-construct', 'id, name', 'customers'],
    ['unsupported-construct', 'id AS n', 'customers'],
    ['unsupported-construct', '*', 'customers'],
    ['unsupported-construct', 'customers.*', 'customers'],
    ['unsupported-construct', 'count(*) FROM customers', 'customers'],
    ['unsupported-construct', 'DISTINCT id', 'customers'],
    ['unsupported-construct', '(SELECT 1)', 'customers'],
    ['unsupported-construct', 'id IN (SELECT id FROM orders)', 'customers'],
    ['unsupported-construct', 'count(*); SELECT 1', 'customers'],
    ['unsupported-construct', '1 UNION SELECT 2', 'customers'],
    ['unsupported-construct', 'count(*)', 'customers, orders'],
    ['unsupported-construct', 'count(*)', 'customers WHERE true'],
    ['unsupported-construct', 'count(*)', 'customers GROUP BY id'],
    ['unsupported-construct', 'count(*)', '(SELECT 1) AS t'],
    ['unsupported-construct', 'count(*)', 'customers JOIN LATERAL (SELECT 1) t ON true'],
    ['unsupported-construct', 'count(*)', 'generate_series(1, 3)'],
    ['unsupported-construct', 'count(*)', 'customers c JOIN orders o ON o.id IN (SELECT 1)'],
    ['unsupported-construct', '1 /*', '*/ FROM customers'],
    ['unsupported-construct', `'a`, `' FROM customers`],
    ['syntax-error', 'count(', 'customers'],
    ['syntax-error', 'count(*)', 'customers JOIN'],
    ['unsupported-construct', '', ''],
    ['unknown-relation', 'count(*)', 'nowhere'],
    ['unknown-column', 'sum(nothing)', 'customers'],
    ['function-not-allowed', 'pg_sleep(1)', 'customers'],
    ['parameter-mismatch', 'count(*) + $1', 'customers'],
  ])('is refused as %s: %s of %s', async (code, expression, from) => {
    const verdict = await check(expression, from);

    expect(verdict.allowed).toBe(false);
    expect(verdict.violations[0]?.code).toBe(code);
  });
});
