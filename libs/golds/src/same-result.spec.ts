import { agreementOf, type GoldResult } from './same-result';

type Column = [type: string, ...values: (string | null)[]];

/** Columns as PostgreSQL prints them. */
function gold(columns: Column[], more: Partial<GoldResult> = {}): GoldResult {
  const rows = (columns[0] ?? []).slice(1).map((_, at) => columns.map((column) => column[at + 1] ?? null));
  return { columns: columns.map(([type], i) => ({ name: `c${i}`, type: type ?? '' })), rows, ordered: false, ...more };
}

function answer(columns: [type: string, ...values: unknown[]][]) {
  const rows = (columns[0] ?? []).slice(1).map((_, at) => columns.map((column) => column[at + 1] ?? null));
  return { columns: columns.map(([type], i) => ({ name: `a${i}`, type })), rows };
}

const NAMES: Column = ['text', 'Ann', 'Bob', 'Bob'];
const SALES: Column = ['numeric', '3', '7.50', '1'];

describe('agreementOf', () => {
  it.each<[string, ReturnType<typeof answer>, { strict: boolean; relaxed: boolean }]>([
    ['the same', answer([NAMES, SALES]), { strict: true, relaxed: true }],
    [
      'other types of the same values',
      answer([
        ['character varying', 'Ann', 'Bob', 'Bob'],
        ['double precision', 3, 7.5, 1],
      ]),
      { strict: true, relaxed: true },
    ],
    [
      'another order of rows',
      answer([
        ['text', 'Bob', 'Ann', 'Bob'],
        ['numeric', '1.00', '3', '7.5'],
      ]),
      { strict: true, relaxed: true },
    ],
    ['another order of columns', answer([SALES, NAMES]), { strict: false, relaxed: true }],
    ['a column more', answer([['integer', 1, 2, 3], NAMES, SALES]), { strict: false, relaxed: true }],
    ['a column less', answer([NAMES]), { strict: false, relaxed: false }],
    [
      'a row less',
      answer([NAMES.slice(0, 3) as Column, SALES.slice(0, 3) as Column]),
      { strict: false, relaxed: false },
    ],
    [
      'a row doubled in place of another',
      answer([['text', 'Ann', 'Ann', 'Bob'], SALES]),
      { strict: false, relaxed: false },
    ],
    [
      'the right columns with their rows torn apart',
      answer([
        ['text', 'Bob', 'Bob', 'Ann'],
        ['numeric', '3', '7.5', '1'],
      ]),
      { strict: false, relaxed: false },
    ],
  ])('judges %s', (_name, actual, expected) => {
    expect(agreementOf(gold([NAMES, SALES]), actual)).toMatchObject(expected);
  });

  it.each<[string, string, string, unknown, boolean]>([
    ['bigint', '9007199254740993', 'numeric', '9007199254740993', true],
    ['bigint', '9007199254740993', 'numeric', '9007199254740992', false],
    ['double precision', '0.1', 'numeric', '0.10000000000000001', true],
    ['numeric', '0.33', 'numeric', '0.333', false],
    ['numeric', '-0.0', 'integer', 0, true],
    ['double precision', '1e+20', 'numeric', '100000000000000000000', true],
    ['double precision', 'NaN', 'double precision', 'NaN', true],
    ['date', '2024-02-01', 'timestamp with time zone', '2024-02-01T00:00:00Z', true],
    ['date', '2024-02-01', 'timestamp without time zone', '2024-02-01T00:00:01', false],
    ['text', '3', 'integer', 3, false],
    ['text', 'ann', 'text', 'Ann', false],
    ['boolean', 't', 'boolean', true, true],
    ['integer[]', '{1,2}', 'bigint[]', ['1', '2'], true],
  ])('compares %s %s with %s %j', (type, text, otherType, value, same) => {
    expect(agreementOf(gold([[type, text]]), answer([[otherType, value]])).strict).toBe(same);
  });

  it('asks for the order where the gold does, but not among rows whose sort keys are equal', () => {
    const ranked = gold([NAMES, SALES], { ordered: true });
    const swapped = answer([
      ['text', 'Bob', 'Ann', 'Bob'],
      ['numeric', '7.50', '3', '1'],
    ]);

    expect(agreementOf(ranked, swapped)).toEqual({ strict: false, relaxed: false, onlyOrder: true });
    expect(agreementOf({ ...ranked, groups: [0, 0, 1] }, swapped).strict).toBe(true);
    expect(agreementOf({ ...ranked, groups: [0, 1, 1] }, swapped).strict).toBe(false);
  });

  it('compares results without rows by their width', () => {
    expect(agreementOf(gold([['text'], ['text']]), answer([['text']]))).toMatchObject({
      strict: false,
      relaxed: false,
    });
    expect(agreementOf(gold([['text']]), answer([['text'], ['text']]))).toMatchObject({ strict: false, relaxed: true });
  });

  it('ends on many columns that look alike', () => {
    const same: Column = ['integer', '1', '1'];
    const wide = Array.from({ length: 12 }, (): Column => same);
    const other = wide.map((_column, i): [string, ...number[]] => ['integer', 1, i === 3 ? 2 : 1]);

    expect(agreementOf(gold(wide), answer(other)).relaxed).toBe(false);
  });
});
