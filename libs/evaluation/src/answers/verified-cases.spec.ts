import { withValues } from './verified-cases';

describe('withValues', () => {
  it.each([
    ['SELECT * FROM t WHERE a = $1 AND b >= $2', "SELECT * FROM t WHERE a = 'x' AND b >= 'y'"],
    ['SELECT \'$1\', "$2", $2', "SELECT '$1', \"$2\", 'y'"],
    ['SELECT $1 LIMIT 1', "SELECT 'x' LIMIT 1"],
    ['SELECT $3', 'SELECT $3'],
  ])('fills %s', (sql, filled) => {
    expect(withValues(sql, ["'x'", "'y'"])).toBe(filled);
  });
});
