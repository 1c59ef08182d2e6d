import fc from 'fast-check';
import { shopCatalog, aTable } from './fixture/shop-catalog';
import { SqlGuard } from './sql-guard';

const guard = new SqlGuard();
const wide = aTable('wide', Array.from({ length: 1_600 }, (_, i) => `c${i}`).join(', '));
const shop = shopCatalog();
const catalog = { ...shop, tables: [...shop.tables, wide] };

afterAll(() => guard.onApplicationShutdown());

/** Ways to put an expression inside another, and queries inside queries. */
const SHELLS: readonly ((inner: string) => string)[] = [
  (inner) => `(${inner})`,
  (inner) => `NOT (${inner})`,
  (inner) => `(${inner}) = (SELECT true)`,
  (inner) => `CASE WHEN ${inner} THEN true ELSE false END`,
  (inner) => `coalesce(${inner}, false)`,
  (inner) => `EXISTS (SELECT 1 FROM orders WHERE ${inner})`,
  (inner) => `(ARRAY[${inner}])[1]`,
  (inner) => `(SELECT x FROM (SELECT ${inner} AS x) s)`,
  (inner) => `(WITH w AS (SELECT ${inner} AS x) SELECT bool_and(x) FROM w)`,
  (inner) => `(${inner})::text::bool`,
  (inner) => `(SELECT bool_or(${inner}) OVER () LIMIT 1)`,
  (inner) => `(JSON_VALUE('{}', '$' DEFAULT (${inner})::text ON EMPTY))::bool`,
];

const CORES: readonly (readonly [string, string | undefined])[] = [
  ['true', undefined],
  [`'a' < 'b'`, undefined],
  ['pg_sleep(1) IS NULL', 'function-not-allowed'],
  [`'x'::regclass IS NULL`, 'type-not-allowed'],
  ['(SELECT true FROM pg_user)', 'system-relation'],
  ['(SELECT true FROM nosuch)', 'unknown-relation'],
  ['EXISTS (SELECT 1 FROM orders FOR UPDATE)', 'locking-clause'],
  ['current_user IS NULL', 'function-not-allowed'],
];

describe('nesting', () => {
  it('hides nothing: what is refused plain is refused however it is wrapped, and what is harmless passes', async () => {
    const nested = fc.tuple(fc.constantFrom(...CORES), fc.array(fc.constantFrom(...SHELLS), { maxLength: 12 }));

    await fc.assert(
      fc.asyncProperty(nested, async ([[core, code], shells]) => {
        const expression = shells.reduce((inner, shell) => shell(inner), core);
        const codes = (await guard.check(`SELECT 1 FROM customers WHERE ${expression}`, shop)).violations.map(
          (v) => v.code,
        );
        expect(codes).toEqual(code === undefined ? [] : [code]);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('answers any text at all', async () => {
    const words = fc.constantFrom(
      ...`SELECT FROM WHERE ( ) [ ] , . * ; ' " $1 $$ -- /* */ a orders :: = AND NOT CASE END WITH AS UNION 😀 表 \\ 1`.split(
        ' ',
      ),
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(words, { maxLength: 40 }).map((list) => list.join(' ')),
    );

    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const verdict = await guard.check(text, shop);
        expect(verdict.allowed).toBe(verdict.violations.length === 0);
        for (const { position } of verdict.violations) if (position !== undefined) expect(position).toBeGreaterThan(0);
      }),
      { numRuns: 1_000, seed: 7 },
    );
  });

  it.each([
    ['chained operators', `SELECT 1${'+1'.repeat(990)}`, []],
    ['chained casts', `SELECT 1${'::int'.repeat(900)} AS x, 1${'::int'.repeat(90)}`, []],
    ['chained collations', `SELECT name${' COLLATE "C"'.repeat(900)} FROM customers`, []],
    ['chained arithmetic in a bound', `SELECT * FROM generate_series(1, 1${'+1'.repeat(900)})`, []],
    ['chained concatenation in a repeat', `SELECT repeat('a'${" || 'a'".repeat(900)}, 2)`, []],
    [
      'chained CTEs',
      `WITH RECURSIVE ${Array.from({ length: 200 }, (_, i) => `c${i} AS (SELECT * FROM ${i < 199 ? `c${i + 1}` : 'orders'})`).join(', ')} SELECT id FROM c0`,
      [],
    ],
    ['many conditions', `SELECT 1 FROM orders WHERE ${'id = 1 OR '.repeat(600)}false`, []],
    ['many values', `SELECT 1 FROM orders WHERE id IN (${Array.from({ length: 1_900 }, (_, i) => i).join(', ')})`, []],
    ['many parts of a UNION', `SELECT 1${' UNION ALL SELECT 1'.repeat(900)}`, []],
    ['joins of wide tables', `SELECT 1 FROM wide${' NATURAL JOIN wide'.repeat(290)}`, ['too-complex']],
    ['stars over stars', `${'SELECT *, * FROM ('.repeat(60)}SELECT * FROM orders${') s'.repeat(60)}`, ['too-complex']],
    ['a UNION of wide tables', `SELECT * FROM wide${' UNION ALL SELECT * FROM wide'.repeat(280)}`, ['too-complex']],
  ])('%s are bounded', async (_what, sql, codes) => {
    const verdict = await guard.check(sql, catalog);

    expect(verdict.violations.map(({ code }) => code)).toEqual(codes);
  });
});
