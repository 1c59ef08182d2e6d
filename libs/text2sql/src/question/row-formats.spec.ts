import { splitRow } from '../presentation/split-row';
import { rowStream } from './row-formats';

const NAMED = { name: 'r', title: 'Which rows?' };

it.each([
  ['[]', []],
  ['[null]', ['null']],
  ['["a,b","c\\"]",1]', ['"a,b"', '"c\\"]"', '1']],
  ['[[1,[2,"]"]],{"a":[1,2],"b":"}"},-1.50]', ['[1,[2,"]"]]', '{"a":[1,2],"b":"}"}', '-1.50']],
  ['["\\\\",2]', ['"\\\\"', '2']],
  ['["",""]', ['""', '""']],
])('splits %s into its values', (row, values) => {
  expect(splitRow(row)).toEqual(values);
});

it('writes CSV that keeps text apart from nothing', () => {
  const columns = ['a "b"', 'c,d', 'e', 'f'].map((name) => ({ name, type: 'text' }));
  const table = { columns, rows: ['["x\\ny",null,""," z"]'], rowCount: 1, truncated: false };

  expect([...rowStream(table, 'csv', NAMED).chunks].join('')).toBe('"a ""b""","c,d",e,f\r\n"x\ny",,""," z"\r\n');
});

it('begins CSV with a byte order mark on request, and only then', () => {
  const table = { columns: [{ name: '城市', type: 'text' }], rows: [], rowCount: 0, truncated: false };

  expect([...rowStream(table, 'csv', { ...NAMED, bom: true }).chunks].join('')).toBe('\ufeff城市\r\n');
  expect([...rowStream(table, 'csv', NAMED).chunks].join('')).toBe('城市\r\n');
});

it('writes JSON in which no number was read', () => {
  const table = {
    columns: [{ name: 'n', type: 'jsonb' }],
    rows: ['[1.10]', '[12345678901234567890]'],
    rowCount: 2,
    truncated: true,
  };

  const stream = rowStream(table, 'json', NAMED);

  expect([...stream.chunks].join('')).toBe(
    '{"columns":[{"name":"n","type":"jsonb"}],"rowCount":2,"truncated":true,"rows":[[1.10],[12345678901234567890]]}',
  );
  expect(stream).toMatchObject({ mediaType: 'application/json; charset=utf-8', fileName: 'r.json' });
});
