import { goldQueries } from './gold-queries';

describe('goldQueries', () => {
  it('splits at semicolons, but not inside text', () => {
    expect(goldQueries("SELECT ';' AS a; SELECT 2;")).toEqual(["SELECT ';' AS a", 'SELECT 2']);
  });

  it('expands a group of columns to all its combinations, all columns first', () => {
    expect(goldQueries('SELECT {a.name, a.id} FROM a')).toEqual([
      'SELECT a.name, a.id FROM a',
      'SELECT a.name FROM a',
      'SELECT a.id FROM a',
    ]);
  });

  it('groups by the columns that were chosen', () => {
    expect(goldQueries('SELECT {a, b}, count(*) FROM t GROUP BY {} ORDER BY 2')).toEqual([
      'SELECT a, b, count(*) FROM t GROUP BY a, b ORDER BY 2',
      'SELECT a, count(*) FROM t GROUP BY a ORDER BY 2',
      'SELECT b, count(*) FROM t GROUP BY b ORDER BY 2',
    ]);
  });

  it('expands two groups of one query', () => {
    expect(goldQueries('SELECT {a}, {b, c} FROM t')).toEqual([
      'SELECT a, b, c FROM t',
      'SELECT a, b FROM t',
      'SELECT a, c FROM t',
    ]);
  });
});
