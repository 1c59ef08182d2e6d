import { orderedQuery } from './order-keys';

describe('orderedQuery', () => {
  it.each([
    ['SELECT a FROM t ORDER BY a', [{ column: 'a' }]],
    ['SELECT a, b FROM t ORDER BY 2 DESC NULLS LAST, "A b" ASC LIMIT 3', [{ column: 1 }, { column: 'A b' }]],
    [
      'SELECT a FROM t GROUP BY a ORDER BY count(*) DESC, lower(a)',
      [{ expression: 'count(*)' }, { expression: 'lower(a)' }],
    ],
    ['WITH x AS (SELECT 1 ORDER BY 1) SELECT a FROM x ORDER BY t.a;', [{ expression: 't.a' }]],
  ])('reads the keys of %s', (sql, keys) => {
    expect(orderedQuery(sql)?.keys).toEqual(keys);
  });

  it('finds none where only an inner query is ordered', () => {
    expect(orderedQuery('SELECT * FROM (SELECT a FROM t ORDER BY a) x')).toBeUndefined();
  });

  it('adds expressions after the columns, not to a UNION', () => {
    const sql = 'SELECT extract(year FROM d) FROM t ORDER BY d LIMIT 2';

    expect(orderedQuery(sql)?.withColumns(['d'])).toBe('SELECT extract(year FROM d) , (d) FROM t ORDER BY d LIMIT 2');
    expect(orderedQuery('SELECT a FROM t UNION SELECT b FROM u ORDER BY a')?.withColumns(['d'])).toBeUndefined();
  });
});
