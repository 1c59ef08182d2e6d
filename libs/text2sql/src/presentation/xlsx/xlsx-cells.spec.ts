import { cellOf, columnLetters } from './xlsx-cells';

const text = (inner: string, style = '') =>
  `<c r="B7"${style} t="inlineStr"><is><t xml:space="preserve">${inner}</t></is></c>`;
const quotedText = (inner: string) => text(inner, ' s="3"');

describe('a cell', () => {
  it.each([
    ['null', 'text', ''],
    ['true', 'boolean', '<c r="B7" t="b"><v>1</v></c>'],
    ['false', 'boolean', '<c r="B7" t="b"><v>0</v></c>'],
    ['42', 'integer', '<c r="B7"><v>42</v></c>'],
    ['"999999999999999"', 'bigint', '<c r="B7"><v>999999999999999</v></c>'],
    ['"9007199254740993"', 'bigint', text('9007199254740993')],
    ['"-12.50"', 'numeric(10,2)', '<c r="B7"><v>-12.50</v></c>'],
    ['"0.1234567890123456"', 'numeric', text('0.1234567890123456')],
    ['"0.000000000000123"', 'numeric', '<c r="B7"><v>0.000000000000123</v></c>'],
    ['"NaN"', 'numeric', text('NaN')],
    ['0.1', 'double precision', '<c r="B7"><v>0.1</v></c>'],
    ['1e+300', 'double precision', '<c r="B7"><v>1e+300</v></c>'],
    ['"-Infinity"', 'double precision', quotedText('-Infinity')],
    ['"007"', 'text', text('007')],
    ['"2024-02-29"', 'date', '<c r="B7" s="2"><v>45351</v></c>'],
    ['"1900-03-01"', 'date', '<c r="B7" s="2"><v>61</v></c>'],
    ['"1850-01-01"', 'date', text('1850-01-01')],
    ['"infinity"', 'date', text('infinity')],
    ['"2024-02-29T13:00:00.123456"', 'timestamp without time zone', text('2024-02-29T13:00:00.123456')],
    ['[1,2]', 'integer[]', text('[1,2]')],
    ['{"a":1.10}', 'jsonb', text('{"a":1.10}')],
    ['1.10', 'jsonb', text('1.10')],
  ])('holds %s of %s', (json, type, cell) => {
    expect(cellOf('B7', json, type)).toBe(cell);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '=HYPERLINK("http://x")'])('keeps %j a text', (formula) => {
    expect(cellOf('B7', JSON.stringify(formula), 'text')).toMatch(/^<c r="B7" s="3" t="inlineStr">/);
  });

  it.each([
    ['<a & "b">', '&lt;a &amp; "b"&gt;'],
    ['\u0001 \r\n', '_x0001_ _x000D_\n'],
    ['_x0041_', '_x005F_x0041_'],
    ['half \ud83d', 'half _xD83D_'],
    ['全 😀', '全 😀'],
  ])('holds the text %j', (value, xml) => {
    expect(cellOf('B7', JSON.stringify(value), 'text')).toBe(text(xml));
  });

  it('says that a text was too long for it', () => {
    const cell = cellOf('B7', JSON.stringify('x'.repeat(40_000)), 'text');

    expect(/>(x+… \[cut: 40000 characters\])</.exec(cell)?.[1]).toHaveLength(32_767);
  });
});

it.each([
  [0, 'A'],
  [25, 'Z'],
  [26, 'AA'],
  [701, 'ZZ'],
  [702, 'AAA'],
  [16_383, 'XFD'],
])('column %d is %s', (index, letters) => {
  expect(columnLetters(index)).toBe(letters);
});
