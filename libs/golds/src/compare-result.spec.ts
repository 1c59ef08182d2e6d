import { type JsonResult, type TextResult, differenceOf } from './compare-result';

function compare(type: string, text: string | null, json: unknown): string | undefined {
  const columns = [{ name: 'x', type }];
  return differenceOf({ columns, rows: [[text]], ordered: false }, { columns, rows: [[json]] });
}

describe('differenceOf', () => {
  it.each<[string, string | null, unknown]>([
    ['integer', '42', 42],
    ['bigint', '9007199254740993', '9007199254740993'],
    ['numeric', '1.10', '1.10'],
    ['numeric(10,2)', '1.10', '1.10'],
    ['double precision', '1e+20', 100000000000000000000],
    ['double precision', 'NaN', 'NaN'],
    ['real', '0.1', 0.1],
    ['boolean', 't', true],
    ['date', '2024-02-29', '2024-02-29'],
    ['timestamp without time zone', '2024-02-29 13:00:00.123456', '2024-02-29T13:00:00.123456'],
    ['timestamp with time zone', '2024-02-29 13:00:00+00', '2024-02-29T13:00:00Z'],
    ['timestamp without time zone', '0044-03-15 00:00:00 BC', '0044-03-15 00:00:00 BC'],
    ['interval', 'P1DT2H', 'P1DT2H'],
    ['bytea', '\\x00ff', 'AP8='],
    ['jsonb', '{"a": 1}', { a: 1 }],
    ['text', '', ''],
    ['text', null, null],
    ['integer[]', '{1,NULL,3}', [1, null, 3]],
    ['text[]', '{a,"b,c","say \\"x\\"",NULL,"NULL"}', ['a', 'b,c', 'say "x"', null, 'NULL']],
    [
      'bigint[]',
      '{{1,2},{3,4}}',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
  ])('agrees with %s %j as %j', (type, text, json) => {
    expect(compare(type, text, json)).toBeUndefined();
  });

  it.each<[string, string | null, unknown]>([
    ['integer', '42', '42'],
    ['integer', '42', 43],
    ['bigint', '9007199254740993', 9007199254740992],
    ['numeric', '1.10', '1.1'],
    ['numeric', '1.10', 1.1],
    ['double precision', '0.1', '0.1'],
    ['double precision', '0.1', 0.10000000000000002],
    ['boolean', 't', 't'],
    ['timestamp without time zone', '2024-02-29 13:00:00.123456', '2024-02-29T13:00:00.123'],
    ['timestamp with time zone', '2024-02-29 13:00:00+00', '2024-02-29T13:00:00'],
    ['text', '', null],
    ['text', null, ''],
    ['text[]', '{NULL}', ['NULL']],
    ['text[]', '{"NULL"}', [null]],
    ['integer[]', '{1}', ['1']],
  ])('objects to %s %j as %j', (type, text, json) => {
    expect(compare(type, text, json)).toMatch(/^row 1/);
  });

  const two = (ordered: boolean): TextResult => ({
    columns: [{ name: 'x', type: 'text' }],
    rows: [['a'], ['b']],
    ordered,
  });
  const turned: JsonResult = { columns: [{ name: 'x', type: 'text' }], rows: [['b'], ['a']] };

  it('minds the order only where it was asked for', () => {
    expect(differenceOf(two(false), turned)).toBeUndefined();
    expect(differenceOf(two(true), turned)).toMatch(/^row 1/);
  });

  it('objects to a missing row, another name and another type', () => {
    expect(differenceOf(two(true), { ...turned, rows: [['a']] })).toBe('2 rows expected, 1 came');
    expect(differenceOf(two(true), { ...turned, columns: [{ name: 'y', type: 'text' }] })).toMatch(/^columns/);
    expect(differenceOf(two(true), { ...turned, columns: [{ name: 'x', type: 'bigint' }] })).toMatch(/^columns/);
  });

  it('does not take a doubled row for two different ones', () => {
    expect(differenceOf(two(false), { ...turned, rows: [['a'], ['a']] })).toMatch(/^row 2/);
  });
});
