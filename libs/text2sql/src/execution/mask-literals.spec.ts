import { maskLiterals, WITHHELD } from './mask-literals';

describe('maskLiterals', () => {
  it.each([
    ['22P02', 'invalid input syntax for type integer: "abc"', 'invalid input syntax for type integer: "…"'],
    ['22P02', 'invalid input syntax for type integer: "a"b"c"', 'invalid input syntax for type integer: "…"'],
    ['22P02', 'invalid input value for enum mood: "Alice"', 'invalid input value for enum mood: "…"'],
    ['22003', 'value "99999999999" is out of range for type integer', 'value "…" is out of range for type integer'],
    ['22007', 'invalid input syntax for type date: "line one\nline two"', 'invalid input syntax for type date: "…"'],
    ['22007', 'invalid input syntax for type date: "cut of', 'invalid input syntax for type date: "…"'],
    ['22P02', 'ungültige Eingabesyntax für Typ integer: »abc«', 'ungültige Eingabesyntax für Typ integer: "…"'],
    [
      '22P02',
      'syntaxe en entrée invalide pour le type integer : « abc »',
      'syntaxe en entrée invalide pour le type integer : "…"',
    ],
    ['22P02', '无效的类型 integer 输入语法: "张三"', '无效的类型 integer 输入语法: "…"'],
    ['22P02', '型integerの入力構文が不正です: "田中"', '型integerの入力構文が不正です: "…"'],
    ['22P02', '「田中」は不正です', '"…"は不正です'],
    ['22012', 'division by zero', 'division by zero'],
    ['XX000', 'cache lookup failed for "x"', 'cache lookup failed for "…"'],
    ['', 'column "a" does not exist', 'column "…" does not exist'],
  ])('masks values: %s %s', (sqlstate, message, masked) => {
    expect(maskLiterals(message, sqlstate)).toBe(masked);
  });

  it.each([
    ['42703', 'column "nmae" does not exist'],
    ['42703', 'column o.客户 does not exist'],
    ['42P01', 'relation "Sch 2.T" does not exist'],
    ['42883', 'operator does not exist: integer = text'],
    ['42803', 'column "o.id" must appear in the GROUP BY clause or be used in an aggregate function'],
    ['42601', 'syntax error at or near "FORM"'],
    ['42601', 'syntax error at or near ")"'],
    ['42601', 'syntax error at end of input'],
  ])('keeps names: %s %s', (sqlstate, message) => {
    expect(maskLiterals(message, sqlstate)).toBe(message);
  });

  it.each([
    `syntax error at or near "'Alice'"`,
    'syntax error at or near "4711"',
    'syntax error at or near "alice" of jsonpath input',
    `unterminated quoted string at or near "'Alice"`,
    'Syntaxfehler bei »Alice«',
  ])('masks a token that may be a literal: %s', (message) => {
    expect(maskLiterals(message, '42601')).not.toMatch(/alice|4711/i);
  });

  it.each(['P0001', 'P0002', 'P0004', 'ZZ999', '99001'])('withholds the words of the owner: %s', (sqlstate) => {
    expect(maskLiterals('customer Alice owes 5', sqlstate)).toBe(WITHHELD);
  });
});
