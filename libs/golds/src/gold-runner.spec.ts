import { isOrdered } from './gold-runner';

describe('isOrdered', () => {
  it.each([
    ['SELECT a FROM t ORDER BY a', true],
    ['SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 1) s', false],
    ["SELECT 'ORDER BY' FROM t", false],
    ['SELECT rank() OVER (ORDER BY a) FROM t', false],
    ['SELECT array_agg(a ORDER BY a) FROM t order  by 1', true],
  ])('%s', (sql, expected) => {
    expect(isOrdered(sql)).toBe(expected);
  });
});
