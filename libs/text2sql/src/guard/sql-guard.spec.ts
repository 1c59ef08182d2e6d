import type { Catalog } from '../data-source/catalog';
import { ALLOWED_STATEMENTS } from './fixture/allowed-statements';
import { HOSTILE_PARTS } from './fixture/hostile-parts';
import { HOSTILE_STATEMENTS } from './fixture/hostile-statements';
import { aTable, builtins, own, shopCatalog } from './fixture/shop-catalog';
import { SqlGuard } from './sql-guard';
import { SqlNotAllowedError } from './sql-not-allowed.error';

const guard = new SqlGuard();
const shop = shopCatalog();

afterAll(() => guard.onApplicationShutdown());

const codesOf = async (sql: string, catalog: Catalog = shop) =>
  (await guard.check(sql, catalog)).violations.map(({ code }) => code);
const firstOf = async (sql: string) => (await guard.check(sql, shop)).violations[0];

describe('what passes', () => {
  it.each(ALLOWED_STATEMENTS)('allows %s', async (sql) => {
    await expect(codesOf(sql)).resolves.toEqual([]);
  });
});

describe('what is refused', () => {
  it.each([...HOSTILE_STATEMENTS, ...HOSTILE_PARTS])('refuses as %s: %s', async (code, sql) => {
    const verdict = await guard.check(sql, shop);

    expect(verdict.allowed).toBe(false);
    expect(verdict.violations.map((violation) => violation.code)).toContain(code);
  });
});

describe('the SQL to be executed', () => {
  it.each([
    ['SELECT 1;', 'SELECT 1'],
    ['  SELECT 1 ;\n; ', '  SELECT 1'],
    ['SELECT 1 -- the end', 'SELECT 1'],
    ['/* head */ SELECT 1 /* a */ ; -- b\n /* c */', '/* head */ SELECT 1'],
    [`SELECT ';--' ;`, `SELECT ';--'`],
    [`SELECT '订单😀' -- 完`, `SELECT '订单😀'`],
    ['SELECT $$;$$', 'SELECT $$;$$'],
  ])('cuts what stands behind %j', async (given, kept) => {
    const verdict = await guard.check(given, shop);

    expect(verdict).toMatchObject({ allowed: true, sql: kept });
  });
});

describe('positions', () => {
  it.each([
    ['SELECT nope FROM customers', 8],
    [`SELECT '订单😀', nope FROM customers`, 15],
    [`SELECT "客户", 编 FROM "订单"`, 14],
    [`/* 😀😀 */ SELECT pg_sleep(1)`, 17],
    [`SELECT '😀' FROM 没有`, 17],
    [`SELECT '😀' frm frm frm`, 16],
    ['SELECT 1; SELECT 2', 11],
  ])('counts characters in %s', async (sql, position) => {
    await expect(firstOf(sql)).resolves.toMatchObject({ position });
  });
});

describe('what a violation says', () => {
  it.each([
    ['SELECT * FROM custmers', 'unknown-relation', ['customers']],
    ['SELECT nmae FROM customers', 'unknown-column', ['name']],
    ['SELECT id, total FROM customers', 'unknown-column', ['orders.total']],
    ['SELECT * FROM "Customers"', 'unknown-relation', ['customers']],
    ['SELECT id FROM "Mixed Case"', 'unknown-column', ['"Id"']],
    ['SELECT * FROM regions', 'ambiguous-relation', ['public.regions', 'sales.regions']],
    ['SELECT id FROM customers c, orders o', 'ambiguous-column', ['c.id', 'o.id']],
    ['SELECT lowr(name) FROM customers', 'unknown-function', ['lower']],
    ['SELECT c.name FROM customers', 'unknown-relation', ['customers']],
  ])('%s suggests names', async (sql, code, candidates) => {
    const found = await firstOf(sql);

    expect(found?.code).toBe(code);
    expect(found?.candidates?.map((name) => name.replace(/^public\.(?!regions)/, ''))).toEqual(
      expect.arrayContaining(candidates),
    );
  });

  it('never repeats a value of the statement', async () => {
    const statements = [
      `SELECT 'hunter2' FROM nosuch WHERE x = 'hunter2'`,
      `SELECT 1 'hunter2'`,
      `SELECT pg_sleep('hunter2')`,
      `SELECT 'hunter2'::regclass`,
      `SELECT 'hunter2`,
      `SELECT E'hunter2`,
    ];

    const verdicts = await Promise.all(statements.map((sql) => guard.check(sql, shop)));

    const messages = JSON.stringify(verdicts.map(({ violations }) => violations));
    expect(messages).not.toContain('hunter2');
    expect(verdicts.every(({ allowed }) => !allowed)).toBe(true);
  });

  it('finds several at once, in the order of the text', async () => {
    const found = await codesOf(`SELECT nope, pg_sleep(1), 'x'::regclass FROM orders, nosuch`);

    // The unknown table could have the unknown column, so that one is not judged.
    expect(found).toEqual(['function-not-allowed', 'type-not-allowed', 'unknown-relation']);
  });

  it('becomes an error whose facts hold the violations', async () => {
    const { violations } = await guard.check('DROP TABLE orders', shop);

    const error = new SqlNotAllowedError(violations);

    expect(error).toMatchObject({ kind: 'invalid', code: 'sql-not-allowed', facts: { violations } });
  });
});

describe('functions that the data source brings', () => {
  const withFunctions = (...functions: ReturnType<typeof own>[]) =>
    shopCatalog({ functions: [...builtins(), ...functions] });

  it.each([
    ['an overload of a built-in name', 'SELECT lower(name) FROM customers', own('lower'), ['function-not-allowed']],
    ['an overload, with the schema written', 'SELECT pg_catalog.lower(name) FROM customers', own('lower'), []],
    [
      'an overload of a well-known extension',
      'SELECT max(name) FROM customers',
      own('max', { extension: 'citext', volatility: 'i' }),
      [],
    ],
    [
      'an overload of an unknown extension',
      'SELECT max(name) FROM customers',
      own('max', { extension: 'evil' }),
      ['function-not-allowed'],
    ],
    [
      'an overload in a schema that is not looked through',
      'SELECT lower(name) FROM customers',
      own('lower', { schema: 'x' }),
      [],
    ],
    [
      'a judged function of an extension',
      `SELECT similarity(name, 'a') FROM customers`,
      own('similarity', { extension: 'pg_trgm', volatility: 'i' }),
      [],
    ],
    [
      'the same, qualified',
      `SELECT public.similarity(name, 'a') FROM customers`,
      own('similarity', { extension: 'pg_trgm' }),
      [],
    ],
    [
      'another function of an extension',
      'SELECT set_limit(0.1)',
      own('set_limit', { extension: 'pg_trgm' }),
      ['function-not-allowed'],
    ],
    [
      'a function that only looks like one',
      `SELECT similarity(name, 'a') FROM customers`,
      own('similarity'),
      ['function-not-allowed'],
    ],
    [
      "one that runs with its owner's rights",
      `SELECT similarity(name, 'a') FROM customers`,
      own('similarity', { extension: 'pg_trgm', securityDefiner: true }),
      ['function-not-allowed'],
    ],
    [
      'crosstab, which runs SQL',
      `SELECT * FROM crosstab('SELECT 1') AS t(a int)`,
      own('crosstab', { extension: 'tablefunc' }),
      ['function-not-allowed'],
    ],
    [
      'dblink, which connects elsewhere',
      `SELECT * FROM dblink('x', 'y') AS t(a int)`,
      own('dblink', { extension: 'dblink' }),
      ['function-not-allowed'],
    ],
  ] as const)('%s', async (_what, sql, entry, codes) => {
    await expect(codesOf(sql, withFunctions(entry))).resolves.toEqual(codes);
  });

  it('are refused when a later PostgreSQL makes a judged name volatile', async () => {
    const later = {
      schema: 'pg_catalog',
      name: 'lower',
      kind: 'f',
      volatility: 'v',
      builtin: true,
      securityDefiner: false,
    } as const;

    await expect(codesOf('SELECT lower(name) FROM customers', withFunctions(later))).resolves.toEqual([
      'function-not-allowed',
    ]);
  });

  it('are unknown when this PostgreSQL does not have them', async () => {
    const older = shopCatalog({ functions: builtins().filter(({ name }) => name !== 'any_value') });

    await expect(codesOf('SELECT any_value(name) FROM customers', older)).resolves.toEqual(['unknown-function']);
  });
});

describe('operators that the data source brings', () => {
  const equals = { schema: 'public', name: '=', volatility: 'i', securityDefiner: false } as const;
  const implicit = [
    'SELECT 1 FROM customers WHERE id = 1',
    'SELECT id IN (1, 2) FROM customers',
    'SELECT id IN (SELECT 1) FROM customers',
    'SELECT CASE id WHEN 1 THEN 2 END FROM customers',
    'SELECT 1 FROM public.regions JOIN sales.regions USING (id)',
    'SELECT 1 FROM public.regions NATURAL JOIN sales.regions',
    'SELECT NULLIF(id, 1) FROM customers',
    'SELECT id IS DISTINCT FROM 1 FROM customers',
    'SELECT id = ANY (SELECT 1) FROM customers',
  ];

  it.each(implicit)('could catch %s when they are on built-in types', async (sql) => {
    const catalog = shopCatalog({ operators: [{ ...equals, operands: ['character varying', 'text'] }] });

    await expect(codesOf(sql, catalog)).resolves.toEqual(['operator-not-allowed']);
  });

  it.each(implicit)('leave %s alone when they are on types of their own', async (sql) => {
    const catalog = shopCatalog({ operators: [{ ...equals, operands: ['mytype', 'mytype'] }] });

    await expect(codesOf(sql, catalog)).resolves.toEqual([]);
  });

  it('are passed by with the schema of the built-in one', async () => {
    const catalog = shopCatalog({ operators: [{ ...equals, operands: ['text', 'text'] }] });

    await expect(codesOf('SELECT id OPERATOR(pg_catalog.=) 1 FROM customers', catalog)).resolves.toEqual([]);
  });
});

describe('types that the data source brings', () => {
  it('are known by the enums of the columns where the catalogue lists none', async () => {
    const table = aTable('moods', 'mood');
    const columns = table.columns.map((column) => ({ ...column, type: 'mood_kind[]', enumValues: ['good', 'bad'] }));
    const { types: _, ...rest } = shopCatalog({ tables: [{ ...table, columns }] });

    await expect(codesOf(`SELECT 'good'::mood_kind FROM moods`, rest)).resolves.toEqual([]);
    await expect(codesOf(`SELECT 1::positive FROM moods`, rest)).resolves.toEqual(['type-not-allowed']);
  });

  it('are refused when a name is looked up anywhere inside them', async () => {
    const types = [
      { schema: 'public', name: 'inner_pair', kind: 'composite', parts: ['text', 'regclass'] },
      { schema: 'public', name: 'outer_pair', kind: 'composite', parts: ['integer', 'inner_pair[]'] },
      { schema: 'public', name: 'harmless', kind: 'domain', parts: ['timestamp with time zone'] },
    ] as const;
    const catalog = shopCatalog({ types: types.map((type) => ({ ...type, parts: [...type.parts] })) });

    await expect(codesOf(`SELECT NULL::outer_pair`, catalog)).resolves.toEqual(['type-not-allowed']);
    await expect(codesOf(`SELECT NULL::harmless`, catalog)).resolves.toEqual([]);
  });
});

describe('types that somebody made', () => {
  const types = [
    { schema: 'public', name: 'span', kind: 'range' as const, parts: ['double precision'] },
    { schema: 'public', name: 'spans', kind: 'multirange' as const, parts: ['double precision'] },
    { schema: 'public', name: 'names', kind: 'range' as const, parts: ['regclass'] },
    { schema: 'public', name: 'noted', kind: 'domain' as const, parts: ['integer'], runsCode: 'check' as const },
    { schema: 'public', name: 'mood', kind: 'enum' as const, parts: [], runsCode: 'cast' as const },
  ];
  const constructor = (name: string) => own(name, { volatility: 'i', constructsRange: true });
  const catalog = shopCatalog({
    types,
    functions: [...builtins(), constructor('span'), constructor('spans'), constructor('names')],
  });

  it.each([
    `SELECT span(1, 2) && span(2, 3, '[]')`,
    `SELECT public.spans(span(1, 2))`,
    `SELECT '[1,2]'::span`,
    `SELECT 'sad'::mood`,
  ])('takes literals, and ranges by the constructor that PostgreSQL made for them: %s', async (sql) => {
    await expect(codesOf(sql, catalog)).resolves.toEqual([]);
  });

  it.each([
    [`SELECT names('orders', 'secrets')`, 'function-not-allowed'],
    [`SELECT 1::noted`, 'type-not-allowed'],
    [`SELECT '1'::noted`, 'type-not-allowed'],
    [`SELECT 1::mood`, 'type-not-allowed'],
    [`SELECT ('1'::text)::mood`, 'type-not-allowed'],
    [`SELECT mood(1)`, 'unknown-function'],
    [`SELECT CAST(id AS public.noted) FROM orders`, 'type-not-allowed'],
  ])('refuses %s', async (sql, code) => {
    await expect(codesOf(sql, catalog)).resolves.toEqual([code]);
  });

  it('refuses the constructor where a function of its name stands beside it', async () => {
    const functions = [...builtins(), constructor('span'), own('span')];

    await expect(codesOf('SELECT span(1, 2)', shopCatalog({ types, functions }))).resolves.toEqual([
      'function-not-allowed',
    ]);
  });
});
