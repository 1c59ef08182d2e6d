import { aTable, shopCatalog } from './fixture/shop-catalog';
import { SqlGuard } from './sql-guard';

const guard = new SqlGuard();
const tables = [aTable('t', 'a, b, c'), aTable('u', 'b, c, d'), aTable('s.v', 'a, e')];
const catalog = shopCatalog({ schemas: ['public', 's'], tables, operators: [] });

afterAll(() => guard.onApplicationShutdown());

const ALL_OF_T = 't.a t.b t.c';

describe('what a statement reads', () => {
  it.each([
    ['SELECT 1', '', ''],
    ['SELECT count(*) FROM t', 't', ''],
    ['SELECT * FROM t', 't', ALL_OF_T],
    ['SELECT x.* FROM t AS x', 't', ALL_OF_T],
    ['SELECT public.t.* FROM public.t', 't', ALL_OF_T],
    ['SELECT t FROM t', 't', ALL_OF_T],
    ['SELECT t::text FROM t', 't', ALL_OF_T],
    ['SELECT to_jsonb(t) FROM t', 't', ALL_OF_T],
    ['SELECT count(x) FROM t x', 't', ALL_OF_T],
    ['SELECT row(t.*) IS NULL FROM t', 't', ALL_OF_T],
    ['SELECT (t).b FROM t', 't', 't.b'],
    ['SELECT (t).* FROM t', 't', ALL_OF_T],
    ['SELECT (SELECT t) FROM t', 't', ALL_OF_T],
    ['SELECT a FROM t ORDER BY b', 't', 't.a t.b'],
    ['SELECT a AS b FROM t ORDER BY b', 't', 't.a'],
    ['SELECT a AS b FROM t GROUP BY b, a', 't', 't.a t.b'],
    ['SELECT a AS z FROM t GROUP BY z', 't', 't.a'],
    ['SELECT 1 FROM t NATURAL JOIN u', 't u', 't.b t.c u.b u.c'],
    ['SELECT 1 FROM t JOIN u USING (b)', 't u', 't.b u.b'],
    ['SELECT c FROM t JOIN u USING (b, c)', 't u', 't.b t.c u.b u.c'],
    ['SELECT d FROM t LEFT JOIN u ON true', 't u', 'u.d'],
    ['SELECT j.d FROM (t JOIN u USING (b)) AS j', 't u', 't.b u.b u.d'],
    ['SELECT x FROM t AS y (x)', 't', 't.a'],
    ['SELECT z.x FROM (SELECT a AS x, b FROM t) z', 't', 't.a t.b'],
    ['SELECT 1 FROM (SELECT * FROM t) z', 't', ALL_OF_T],
    ['WITH w AS (SELECT a FROM t) SELECT 1', 't', 't.a'],
    ['WITH t AS (SELECT d FROM u) SELECT * FROM t', 'u', 'u.d'],
    ['WITH t AS (SELECT a FROM t) SELECT * FROM t', 't', 't.a'],
    ['WITH t AS (SELECT d FROM u) SELECT * FROM public.t', 't u', `${ALL_OF_T} u.d`],
    ['WITH w AS (SELECT 1), x AS (WITH w AS (SELECT a FROM t) SELECT * FROM w) SELECT * FROM x', 't', 't.a'],
    ['SELECT e FROM v', 's.v', 's.v.e'],
    ['SELECT (SELECT d FROM u WHERE u.b = t.a) FROM t', 't u', 't.a u.b u.d'],
    ['SELECT 1 FROM t WHERE EXISTS (SELECT FROM u WHERE d = a)', 't u', 't.a u.d'],
    ['SELECT 1 FROM t, LATERAL (SELECT a) z', 't', 't.a'],
    ['SELECT a FROM t UNION SELECT d FROM u ORDER BY a', 't u', 't.a u.d'],
    ['TABLE t', 't', ALL_OF_T],
    ['SELECT sum(a::int) FILTER (WHERE b > c) OVER (PARTITION BY b) FROM t', 't', ALL_OF_T],
    ['SELECT tag FROM t, unnest(string_to_array(a, b)) AS tag', 't', 't.a t.b'],
  ])('%s', async (sql, relations, columns) => {
    const verdict = await guard.check(sql, catalog);

    expect(verdict.violations).toEqual([]);
    expect(
      verdict.relations
        .map(({ schema, name }) => short(schema, name))
        .sort()
        .join(' '),
    ).toBe(relations);
    expect(
      verdict.columns
        .map(({ schema, table, name }) => `${short(schema, table)}.${name}`)
        .sort()
        .join(' '),
    ).toBe(columns);
  });

  it('names the functions and counts the parameters', async () => {
    const verdict = await guard.check(
      'SELECT pg_catalog.upper(a), upper(b), trim($2::text) FROM t WHERE c = $1',
      catalog,
    );

    expect(verdict).toMatchObject({ functions: ['btrim', 'upper'], parameterCount: 2 });
  });
});

function short(schema: string, name: string): string {
  return schema === 'public' ? name : `${schema}.${name}`;
}

describe('a table of which the role may read some columns only', () => {
  const secret = { ...aTable('secret', 'a, b'), hiddenColumns: 1 };
  const partly = shopCatalog({ schemas: ['public'], tables: [...tables.slice(0, 2), secret], operators: [] });

  it.each([
    ['SELECT * FROM secret', 8],
    ['SELECT t.a, secret.* FROM t, secret', 13],
    ['SELECT * FROM t JOIN secret USING (a)', 8],
    ['SELECT secret FROM secret', 8],
    ['SELECT to_jsonb(s) FROM secret s', 17],
    ['SELECT a FROM (SELECT * FROM secret) s', 23],
    ['TABLE secret', undefined],
  ])('is not read as a whole: %s', async (sql, position) => {
    const { violations } = await guard.check(sql, partly);

    expect(violations).toEqual([
      { code: 'column-not-readable', message: expect.stringContaining('secret'), ...(position && { position }) },
    ]);
  });

  it.each([
    'SELECT a, b FROM secret',
    'SELECT count(*) FROM secret',
    'SELECT t.* FROM t JOIN secret ON t.a = secret.a',
    'SELECT (s).a FROM secret s',
    'SELECT * FROM (SELECT a FROM secret) s',
  ])('is read column by column: %s', async (sql) => {
    await expect(guard.check(sql, partly)).resolves.toMatchObject({ violations: [] });
  });
});
