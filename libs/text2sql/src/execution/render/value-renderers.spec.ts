import fc from 'fast-check';
import { parseArrayText } from './array-text';
import { compactJson } from './json-text';
import { isoTimestamp } from './time-text';
import { renderRow, rendererOf } from './value-renderers';

const type = (baseId: number) => ({ name: '', baseId });
const arrayOf = (baseId: number, delimiter = ',') => ({ name: '', baseId: 0, element: type(baseId), delimiter });

describe('rendererOf', () => {
  it.each([
    ['boolean', 16, 't', 'true'],
    ['boolean', 16, 'f', 'false'],
    ['bytea', 17, '\\x', '""'],
    ['bytea', 17, '\\x00ff', '"AP8="'],
    ['int8', 20, '-9223372036854775808', '"-9223372036854775808"'],
    ['int2', 21, '-5', '-5'],
    ['int4', 23, '2147483647', '2147483647'],
    ['oid', 26, '4294967295', '4294967295'],
    ['float8', 701, '1e-07', '1e-07'],
    ['float8', 701, '-1.5', '-1.5'],
    ['float8', 701, 'NaN', '"NaN"'],
    ['float4', 700, '-Infinity', '"-Infinity"'],
    ['numeric', 1700, 'NaN', '"NaN"'],
    ['money', 790, '-$1,000.00', '"-$1,000.00"'],
    ['json', 114, '{"a": 1e400}', '{"a":1e400}'],
    ['unknown', 99999, 'a"b', '"a\\"b"'],
  ])('renders %s (%i) %s', (_name, id, text, json) => {
    expect(rendererOf(type(id))(text)).toBe(json);
    expect(() => JSON.parse(json) as unknown).not.toThrow();
  });

  it('renders elements by their own type, whatever parts them', () => {
    expect(rendererOf(arrayOf(16))('{t,f,NULL}')).toBe('[true,false,null]');
    expect(rendererOf(arrayOf(603, ';'))('{(1,1),(0,0);(2,2),(1,1)}')).toBe('["(1,1),(0,0)","(2,2),(1,1)"]');
    expect(rendererOf({ name: '', baseId: 0, element: arrayOf(23), delimiter: ',' })('{"{1,2}","{3}"}')).toBe(
      '[[1,2],[3]]',
    );
  });

  it('renders a row, NULLs included', () => {
    expect(renderRow(['1', null, 'x'], [rendererOf(type(23)), rendererOf(type(23)), rendererOf(type(25))])).toBe(
      '[1,null,"x"]',
    );
  });
});

describe('parseArrayText', () => {
  it.each([
    ['{}', []],
    ['{1,2}', ['1', '2']],
    ['{NULL,"NULL",null}', [null, 'NULL', null]],
    ['{"a,b","c\\"d","e\\\\f"}', ['a,b', 'c"d', 'e\\f']],
    ['{"",x}', ['', 'x']],
    [
      '{{1,2},{3,4}}',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['{{{a}}}', [[['a']]]],
    ['[0:1]={7,8}', ['7', '8']],
    ['[-1:0][2:2]={{7},{8}}', [['7'], ['8']]],
    ['{中,"🔑 x"}', ['中', '🔑 x']],
  ])('reads %s', (text, items) => {
    expect(parseArrayText(text)).toEqual(items);
  });

  it.each(['', '1', '{1', '{"a}', '[0:1]'])('refuses %j', (text) => {
    expect(() => parseArrayText(text)).toThrow();
  });

  it('reads back any texts as PostgreSQL writes them', () => {
    const written = (items: (string | null)[]) =>
      `{${items.map((item) => (item === null ? 'NULL' : `"${item.replace(/["\\]/g, '\\$&')}"`)).join(',')}}`;

    fc.assert(
      fc.property(fc.array(fc.option(fc.string({ unit: 'grapheme' }))), (items) =>
        expect(parseArrayText(written(items))).toEqual(items),
      ),
    );
  });
});

describe('compactJson', () => {
  it('takes out blanks between tokens alone', () => {
    expect(compactJson('{ "a b" : [ 1 ,\n2.10 ] , "c\\" d" : "e  f" }')).toBe('{"a b":[1,2.10],"c\\" d":"e  f"}');
  });

  it('reads strings of many megabytes and many backslashes', () => {
    const json = JSON.stringify({ a: 'x y'.repeat(4_000_000), b: '\\" '.repeat(100_000) }, null, 1);

    expect(compactJson(json)).toBe(JSON.stringify(JSON.parse(json)));
  });

  it('keeps the meaning of any JSON, on one line', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 2, '\t'), (json, indent) => {
        const compact = compactJson(JSON.stringify(JSON.parse(json), null, indent));
        expect(JSON.parse(compact)).toEqual(JSON.parse(json));
        expect(compact).not.toMatch(/[\n\r]/);
      }),
    );
  });
});

describe('isoTimestamp', () => {
  it.each([
    ['2024-02-29 13:00:00', '2024-02-29T13:00:00'],
    ['2024-02-29 13:00:00.123456+08', '2024-02-29T13:00:00.123456+08:00'],
    ['2024-02-29 13:00:00+05:30', '2024-02-29T13:00:00+05:30'],
    ['2024-02-29 13:00:00-03:30', '2024-02-29T13:00:00-03:30'],
    ['2024-02-29 13:00:00+00', '2024-02-29T13:00:00Z'],
    ['1900-01-01 08:05:43+08:05:43', '1900-01-01T08:05:43+08:05:43'],
    ['1900-01-01 00:00:00-00:00:36', '1900-01-01T00:00:00-00:00:36'],
    ['0044-03-15 12:00:00 BC', '0044-03-15T12:00:00 BC'],
    ['0044-03-15 12:00:00+00 BC', '0044-03-15T12:00:00Z BC'],
    ['12345-01-01 00:00:00+00', '12345-01-01T00:00:00Z'],
    ['infinity', 'infinity'],
    ['-infinity', '-infinity'],
  ])('reads %s', (text, iso) => {
    expect(isoTimestamp(text)).toBe(iso);
  });
});
