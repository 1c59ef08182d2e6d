import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Body, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let memori: BootedMemori;
let call: Call;
let shop: Shop;
let document: ApiDocument;

beforeAll(async () => {
  memori = await bootMemori({ env: { MEMORI_STATEMENT_TIMEOUT_MS: '2000' } });
  call = clientOf(memori);
  shop = await openShop(call);
  document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
});

const run = (sql: string, more: object = {}) =>
  call('POST', '/v1/sql/run', { body: { dataSourceId: shop.id, sql, ...more } });
const check = (sql: string, more: object = {}) =>
  call('POST', '/v1/sql/check', { body: { dataSourceId: shop.id, sql, ...more } });

function expectDocumented(method: string, template: string, answer: Answer): void {
  expect(undocumented(document, method, template, answer)).toEqual([]);
}

describe('SQL', () => {
  it('is judged without touching the data source', async () => {
    const answer = await check('SELECT name FROM customers WHERE city = 上海');

    expectDocumented('POST', '/v1/sql/check', answer);
    expect(answer.body).toMatchObject({ allowed: false, violations: [{ code: expect.any(String), position: 41 }] });
    expect((await check('SELECT name FROM customers', { explain: true })).body).toMatchObject({
      allowed: true,
      violations: [],
      relations: [{ schema: 'public', name: 'customers' }],
      columns: [{ schema: 'public', table: 'customers', name: 'name' }],
      estimatedRows: expect.any(Number),
    });
  });

  it('counts positions in characters, after emoji too', async () => {
    const answer = await check("SELECT '🎉🎉', 客户 FROM customers");

    expect(answer.body).toMatchObject({ violations: [{ position: 14 }] });
  });

  it('runs and gives values as the contract says', async () => {
    const answer =
      await run(`SELECT 1::int2, 9007199254740993::int8, 1.10::numeric, 'NaN'::float8, '-infinity'::float8, true, date '2024-02-29',
      timestamp '2024-02-29 13:00:00.123456', timestamptz '2024-02-29 13:00:00+02', interval '1 day 2 hours', '\\x00ff'::bytea,
      '{"n":12345678901234567890}'::jsonb, ARRAY[1,NULL,3], 'happy'::mood, NULL::text, 'infinity'::date, date '0044-03-15 BC', 'a' AS x, 'b' AS x`);

    expectDocumented('POST', '/v1/sql/run', answer);
    expect(answer.text).toContain('{"n":12345678901234567890}');
    expect((answer.body.rows as unknown[][])[0]?.toSpliced(11, 1)).toEqual([
      1,
      '9007199254740993',
      '1.10',
      'NaN',
      '-Infinity',
      true,
      '2024-02-29',
      '2024-02-29T13:00:00.123456',
      '2024-02-29T11:00:00Z',
      'P1DT2H',
      'AP8=',
      [1, null, 3],
      'happy',
      null,
      'infinity',
      '0044-03-15 BC',
      'a',
      'b',
    ]);
    expect((answer.body.columns as Body[]).slice(-2).map(({ name }) => name)).toEqual(['x', 'x']);
  });

  it('says when there is more', async () => {
    expect((await run('SELECT i FROM generate_series(1, 10) i', { maxRows: 3 })).body).toMatchObject({
      rows: [[1], [2], [3]],
      rowCount: 3,
      truncated: true,
    });
  });

  it.each([
    ['does not parse', 'SELEC 1'],
    ['writes', 'INSERT INTO customers VALUES (9, 0)'],
    ['writes inside', 'WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d'],
    ['is two', 'SELECT 1; SELECT 2'],
    ['sleeps', 'SELECT pg_sleep(60)'],
    ['reads files', "SELECT pg_read_file('/etc/passwd')"],
    ['names what is not there', 'SELECT * FROM nothing'],
    ['is empty', ''],
    ['is a comment', '-- nothing'],
  ])('that %s is refused with its violations', async (_, sql) => {
    const answer = await run(sql);

    expect(answer.body).toMatchObject({
      status: 422,
      code: 'sql-not-allowed',
      violations: [{ code: expect.any(String), message: expect.any(String) }],
    });
    expectDocumented('POST', '/v1/sql/run', answer);
  });

  it('that fails says why, with values masked', async () => {
    const answer = await run("SELECT ('secret-' || name)::int FROM customers");

    expect(answer.body).toMatchObject({ status: 422, code: 'sql-failed', sqlstate: '22P02' });
    expect(answer.text).not.toMatch(/secret-|Ada/);
    expectDocumented('POST', '/v1/sql/run', answer);
  });

  it('that takes too long is stopped', async () => {
    const answer = await run('SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b');

    expect(answer.body).toMatchObject({ status: 504, code: 'sql-timeout' });
  });

  it('that gives too much is stopped before it is in memory', async () => {
    const answer = await run("SELECT string_agg(repeat('x', 1000), '') FROM generate_series(1, 100000)");

    expect(answer.body).toMatchObject({ code: 'result-too-large' });
    expectDocumented('POST', '/v1/sql/run', answer);
  });

  it.each([
    [{ sql: 5 }, '/sql'],
    [{}, '/sql'],
    [{ sql: 'SELECT 1', maxRows: '1' }, '/maxRows'],
    [{ sql: 'SELECT 1', maxRows: -1 }, '/maxRows'],
    [{ sql: 'x'.repeat(20_001) }, '/sql'],
    [{ sql: 'SELECT 1', explain: true }, '/explain'],
  ])('%j is told where it is wrong', async (body, pointer) => {
    const answer = await call('POST', '/v1/sql/run', { body: { dataSourceId: shop.id, ...body } });

    expect(answer.body).toMatchObject({ status: 422, code: 'invalid-request' });
    expect((answer.body.errors as Body[]).map((error) => error.pointer)).toContain(pointer);
  });
});
