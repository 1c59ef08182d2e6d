import { fieldOf, suggestChart, type ChartSpec } from './chart';

type Cell = string | number | boolean | null;

/** A result written as `name type` and rows. */
function chartOf(columns: readonly string[], rows: readonly Cell[][], truncated = false): ChartSpec | undefined {
  return suggestChart({
    columns: columns.map((column) => {
      const [name = '', ...type] = column.split(' ');
      return { name, type: type.join(' ') };
    }),
    rows: rows.map((row) => JSON.stringify(row)),
    truncated,
  });
}

/** `line x:day y:n` in short. */
function short(chart: ChartSpec | undefined): string {
  if (!chart) return 'none';
  return [chart.mark, ...Object.entries(chart.encoding).map(([name, { field }]) => `${name}:${field}`)].join(' ');
}

const numbered = (count: number, row: (n: number) => Cell[]) => Array.from({ length: count }, (_, n) => row(n));
const DAYS = numbered(5, (n) => [`2024-02-0${n + 1}`, `${n}.5`]);

describe('the chart that suits a result', () => {
  it.each<[string, string[], Cell[][]]>([
    ['line x:day y:n', ['day date', 'n numeric(10,2)'], DAYS],
    [
      'line x:at y:n',
      ['at timestamp with time zone', 'n bigint'],
      [
        ['2024-01-01T00:00:00Z', '1'],
        ['2024-01-02T00:00:00Z', '2'],
      ],
    ],
    [
      'line x:month y:n',
      ['month text', 'n bigint'],
      [
        ['2024-01', '1'],
        ['2024-02', '3'],
      ],
    ],
    [
      'line x:quarter y:n',
      ['quarter text', 'n integer'],
      [
        ['2024-Q1', 1],
        ['2024-Q2', 3],
      ],
    ],
    [
      'line x:order_year y:n',
      ['order_year integer', 'n integer'],
      [
        [2023, 1],
        [2024, 3],
      ],
    ],
    [
      'line x:年份 y:销量',
      ['年份 numeric', '销量 bigint'],
      [
        ['2023', '1'],
        ['2024', '3'],
      ],
    ],
    [
      'line x:day y:n color:city',
      ['day date', 'city text', 'n bigint'],
      [
        ['2024-02-01', 'a', '1'],
        ['2024-02-01', 'b', '2'],
        ['2024-02-02', 'a', '3'],
      ],
    ],
    [
      'line x:day y:n',
      ['day date', 'city text', 'n bigint'],
      [
        ['2024-02-01', 'a', '1'],
        ['2024-02-02', 'a', '3'],
      ],
    ],
    [
      'line x:day y:n',
      ['day date', 'n bigint', 'm bigint'],
      [
        ['2024-02-01', '1', '9'],
        ['2024-02-02', '2', '8'],
      ],
    ],
    [
      'bar x:city y:n',
      ['city character varying(20)', 'n bigint'],
      [
        ['Paris', '3'],
        [null, '2'],
      ],
    ],
    [
      'bar x:城市 y:n',
      ['城市 text', 'n double precision'],
      [
        ['上海', 3.5],
        ['北京', 'NaN'],
        ['广州', 2],
      ],
    ],
    [
      'bar x:vip y:n',
      ['vip boolean', 'n bigint'],
      [
        [true, '3'],
        [false, '2'],
      ],
    ],
    [
      'bar x:state y:n',
      ['state order_state', 'n bigint'],
      [
        ['new', '3'],
        ['paid', '2'],
      ],
    ],
    [
      'bar x:n y:name',
      ['id integer', 'name text', 'n bigint'],
      [
        [1, 'A customer with a name', '3'],
        [2, 'B', '2'],
      ],
    ],
    ['bar x:n y:city', ['city text', 'n integer'], numbered(20, (n) => [`c${n}`, n])],
    [
      'bar x:city y:n xOffset:vip color:vip',
      ['city text', 'vip boolean', 'n integer'],
      [
        ['a', true, 1],
        ['a', false, 2],
        ['b', true, 3],
      ],
    ],
    [
      'point x:price y:weight',
      ['price numeric', 'weight integer'],
      [
        ['1.5', 3],
        ['2', 4],
        ['7', 1],
      ],
    ],
    [
      'point x:price y:weight',
      ['id integer', 'price numeric', 'weight integer'],
      [
        [1, '1.5', 3],
        [2, '2', 4],
        [3, '7', 1],
      ],
    ],
  ])('is %s of %j', (expected, columns, rows) => {
    expect(short(chartOf(columns, rows))).toBe(expected);
  });

  it.each<[string, string[], Cell[][]]>([
    ['one number', ['n bigint'], [['42']]],
    ['one row', ['city text', 'n bigint'], [['Paris', '3']]],
    [
      'no number',
      ['name text', 'city text'],
      [
        ['A', 'Paris'],
        ['B', 'Paris'],
      ],
    ],
    [
      'no amount but an id',
      ['name text', 'customer_id integer'],
      [
        ['A', 1],
        ['B', 2],
      ],
    ],
    ['too many categories', ['city text', 'n integer'], numbered(31, (n) => [`c${n}`, n])],
    [
      'a category that repeats',
      ['city text', 'n integer'],
      [
        ['Paris', 1],
        ['Paris', 2],
        ['Rome', 2],
      ],
    ],
    [
      'a day that repeats',
      ['day date', 'n integer'],
      [
        ['2024-02-01', 1],
        ['2024-02-01', 2],
        ['2024-02-02', 2],
      ],
    ],
    [
      'a list of things',
      ['id integer', 'ordered_on date', 'amount numeric'],
      [
        [1, '2024-02-01', '2'],
        [2, '2024-02-02', '3'],
      ],
    ],
    [
      'too many lines',
      ['day date', 'city text', 'n integer'],
      numbered(18, (n) => [`2024-02-0${1 + (n % 2)}`, `c${n >> 1}`, n]),
    ],
    [
      'a day that is no day',
      ['day date', 'n integer'],
      [
        ['infinity', 1],
        ['2024-02-02', 2],
      ],
    ],
    [
      'no numbers at all',
      ['city text', 'n numeric'],
      [
        ['Paris', null],
        ['Rome', 'NaN'],
      ],
    ],
    [
      'long texts',
      ['note text', 'n integer'],
      [
        ['x'.repeat(100), 1],
        ['y', 2],
      ],
    ],
    [
      'JSON',
      ['data jsonb', 'n integer'],
      [
        ['{}', 1],
        ['[]', 2],
      ],
    ],
    [
      'two points',
      ['a integer', 'b integer'],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'two columns of one name',
      ['n integer', 'n integer'],
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    [
      'a wide table',
      ['city text', 'a int', 'b int', 'c int', 'd int', 'e int', 'f int'],
      [
        ['x', 1, 1, 1, 1, 1, 1],
        ['y', 1, 1, 1, 1, 1, 1],
      ],
    ],
    ['more than is kept', ['day text', 'n integer'], numbered(1001, (n) => [String(1000 + n), n])],
    ['nothing', ['city text', 'n integer'], []],
  ])('is none for %s', (_, columns, rows) => {
    expect(chartOf(columns, rows)).toBeUndefined();
  });

  it.each(['', 'back\\slash'])('is none where Vega-Lite cannot name the column %j', (name) => {
    const columns = ['day', name].map((each) => ({ name: each, type: each === 'day' ? 'date' : 'integer' }));
    const rows = DAYS.map(([day], n) => JSON.stringify([day, n]));

    expect(suggestChart({ columns, rows, truncated: false })).toBeUndefined();
  });

  it('is none for part of a result', () => {
    expect(chartOf(['day date', 'n integer'], DAYS, true)).toBeUndefined();
  });

  it('is a whole specification, with labels as titles', () => {
    const columns = [
      { name: 'day', type: 'date', label: 'Day of order' },
      { name: 'n', type: 'bigint' },
    ];

    expect(suggestChart({ columns, rows: ['["2024-02-01","1"]', '["2024-02-02","2"]'], truncated: false })).toEqual({
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      data: { name: 'rows' },
      mark: 'line',
      encoding: {
        x: { field: 'day', type: 'temporal', title: 'Day of order', scale: { type: 'utc' } },
        y: { field: 'n', type: 'quantitative', title: 'n' },
      },
    });
  });

  it('keeps the order of the rows where it carries meaning', () => {
    const chart = chartOf(
      ['city text', 'n integer'],
      [
        ['b', 9],
        ['a', 1],
      ],
    );

    expect(chart?.encoding.x).toMatchObject({ field: 'city', type: 'nominal', sort: null });
  });

  it.each([
    ['net.revenue', 'net\\.revenue'],
    ['a[0]', 'a\\[0\\]'],
    [`"it's"`, `\\"it\\'s\\"`],
    ['plain name', 'plain name'],
    ['?column?', '?column?'],
  ])('escapes the name %j as %j', (name, field) => {
    expect(fieldOf(name)).toBe(field);
  });
});

describe('the keys of every chart', () => {
  const ALLOWED: Readonly<Record<string, readonly string[]>> = {
    '': ['$schema', 'data', 'mark', 'encoding'],
    data: ['name'],
    encoding: ['x', 'y', 'color', 'xOffset', 'yOffset'],
    channel: ['field', 'type', 'title', 'sort', 'scale'],
    scale: ['type'],
  };

  function keysNotAllowed(value: object, place = ''): string[] {
    return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
      const next = place === 'encoding' ? 'channel' : key;
      const own = ALLOWED[place]?.includes(key) ? [] : [`${place}/${key}`];
      return typeof inner === 'object' && inner !== null ? [...own, ...keysNotAllowed(inner, next)] : own;
    });
  }

  it.each(['url', 'href', 'expr', 'signal', '"onload"', 'datum.x', '<script>'])(
    'are those of the allow-list, even where a column is called %s',
    (name) => {
      const charts = [
        chartOf(
          [`day date`, `${name} integer`],
          [
            ['2024-02-01', 1],
            ['2024-02-02', 2],
          ],
        ),
        chartOf(
          [`${name} text`, 'group text', 'n integer'],
          [
            ['a', 'x', 1],
            ['b', 'x', 2],
            ['b', 'y', 2],
          ],
        ),
        chartOf(
          [`${name} integer`, 'n integer'],
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        ),
      ];

      for (const chart of charts) expect(keysNotAllowed(chart ?? { none: true })).toEqual([]);
    },
  );
});
