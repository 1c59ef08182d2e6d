import { haveSameRows } from './same-rows';

type Row = unknown[];
const result = (columns: string[], ...rows: Row[]) => ({
  columns: columns.map((column) => {
    const [name = '', type = 'text'] = column.split(':');
    return { name, type };
  }),
  rows: rows.map((row) => JSON.stringify(row)),
});

describe('haveSameRows', () => {
  it.each<[string, ReturnType<typeof result>, ReturnType<typeof result>, boolean]>([
    ['the same', result(['a', 'n:bigint'], ['x', '2']), result(['a', 'n:bigint'], ['x', '2']), true],
    ['another order of rows', result(['a'], ['x'], ['y']), result(['a'], ['y'], ['x']), true],
    ['another order of columns', result(['a', 'b'], ['x', 'y']), result(['b', 'a'], ['y', 'x']), true],
    ['other names of columns', result(['a'], ['x']), result(['total'], ['x']), true],
    ['a column more', result(['a'], ['x'], ['y']), result(['id:integer', 'a'], [1, 'x'], [2, 'y']), true],
    ['a row twice', result(['a'], ['x'], ['x']), result(['a'], ['x'], ['y']), false],
    ['a row less', result(['a'], ['x'], ['x']), result(['a'], ['x']), false],
    [
      'other pairs of the same values',
      result(['a', 'b'], ['1', '2'], ['2', '1']),
      result(['a', 'b'], ['1', '1'], ['2', '2']),
      false,
    ],
    ['one number of two types', result(['n:bigint'], ['2']), result(['n:numeric'], ['2.00']), true],
    [
      'numbers a hair apart',
      result(['n:numeric'], ['0.1']),
      result(['n:double precision'], [0.10000000000000001]),
      true,
    ],
    [
      'large numbers one apart',
      result(['n:bigint'], ['9007199254740993']),
      result(['n:bigint'], ['9007199254740992']),
      false,
    ],
    ['a text that looks like a number', result(['n'], ['2.0']), result(['n'], ['2']), false],
    [
      'a day and its midnight',
      result(['d:date'], ['2024-01-01']),
      result(['d:timestamp without time zone'], ['2024-01-01T00:00:00']),
      true,
    ],
    ['nothing and nothing', result(['a']), result(['b', 'c']), true],
    ['nothing and something', result(['a']), result(['a'], ['x']), false],
    ['null and the word', result(['a'], [null]), result(['a'], ['null']), false],
    ['arrays', result(['a:text[]'], [['x', 'y']]), result(['a:text[]'], [['y', 'x']]), false],
  ])('of %s', (_, one, other, same) => {
    expect([haveSameRows(one, other), haveSameRows(other, one)]).toEqual([same, same]);
  });
});
