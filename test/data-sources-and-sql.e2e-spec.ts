import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { emptyDatabase } from '@memori/testing';
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

const run = (sql: string, more: object = {}) => call('POST', '/v1/sql/run', { body: { dataSourceId: shop.id, sql, ...more } });
const check = (sql: string, more: object = {}) => call('POST', '/v1/sql/check', { body: { dataSourceId: shop.id, sql, ...more } });

function expectDocumented(method: string, template: string, answer: Answer): void {
  expect(undocumented(document, method, template, answer)).toEqual([]);
}

describe('a data source', () => {
  it('is registered, read, changed, tested, synced and deleted, and its password never comes back', async () => {
    const database = await emptyDatabase('CREATE TABLE things (id int PRIMARY KEY, label text)');
    const made = await call('POST', '/v1/data-sources', { body: { name: 'things ü', dialect: 'postgresql', url: database.url, description: 'Things.' } });
    const path = `/v1/data-sources/${String(made.body.id)}`;
    expect([made.status, made.headers.get('location')]).toEqual([201, path]);
    expectDocumented('POST', '/v1/data-sources', made);
    expect(made.body).toMatchObject({ name: 'things ü', tables: 1, sampleValues: 'safe', version: expect.any(String) });

    const answers = [
      made,
      await call('GET', path),
      await call('GET', `/v1/data-sources/${encodeURIComponent('things ü')}`),
      await call('PATCH', path, { body: { description: null, sampleValues: 'off', timeZone: 'Asia/Shanghai' } }),
      await call('POST', `${path}/sync`),
      await call('POST', `${path}/test`),
      await call('GET', `${path}/schema`),
      await call('GET', '/v1/data-sources'),
    ];

    const templates = ['', '/{id}', '/{id}', '/{id}', '/{id}/sync', '/{id}/test', '/{id}/schema', ''];
    const methods = ['POST', 'GET', 'GET', 'PATCH', 'POST', 'POST', 'GET', 'GET'];
    answers.forEach((answer, index) => expectDocumented(methods[index] ?? '', `/v1/data-sources${templates[index] ?? ''}`, answer));
    expect(answers[3]?.body).toMatchObject({ description: null, sampleValues: 'off', timeZone: 'Asia/Shanghai' });
    expect(answers.map(({ text }) => text).join('')).not.toContain(database.reader.password);
    expect(memori.logLines.join('')).not.toContain(database.reader.password);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
    await database.close();
  });

  it('has a name of its own', async () => {
    const twin = await call('POST', '/v1/data-sources', { body: { name: shop.name, dialect: 'postgresql', url: shop.database.url } });

    expect(twin.body).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('is for administrators to change and for everybody to see', async () => {
    const { key } = (await call('POST', '/v1/admin/api-keys', { body: { name: 'm', userId: 'm' } })).body as { key: string };

    expect((await call('GET', '/v1/data-sources', { key })).status).toBe(200);
    for (const [method, path] of [['PATCH', ''], ['DELETE', ''], ['POST', '/sync'], ['POST', '/test']] as const)
      expect((await call(method, `/v1/data-sources/${shop.id}${path}`, { key, body: {} })).body).toMatchObject({ code: 'forbidden' });
  });

  describe('that cannot be used is not stored', () => {
    let deaf: Server;
    beforeAll(async () => {
      deaf = createServer((socket) => socket.on('data', () => socket.destroy())).listen(0, '127.0.0.1');
      await once(deaf, 'listening');
    });
    afterAll(() => void deaf.close());

    const cases = (): [string, string, number, string][] => {
      const { port } = deaf.address() as { port: number };
      const wrong = shop.database.url.replace(shop.database.reader.password, 'wrong-password');
      return [
        ['nobody listens', 'postgresql://u:p@127.0.0.1:1/x', 502, 'data-source-unreachable'],
        ['no PostgreSQL listens', `postgresql://u:p@127.0.0.1:${port}/x`, 502, 'data-source-unreachable'],
        ['the host has no name', 'postgresql://u:p@no-such-host.invalid/x', 502, 'data-source-unreachable'],
        ['the password is wrong', wrong, 502, 'data-source-credentials'],
        ['it is a metadata service', 'postgresql://u:p@169.254.169.254/x', 422, 'data-source-address'],
        ['it is no URL', 'nonsense', 422, 'invalid-request'],
        ['it is another dialect’s', 'mysql://u:p@127.0.0.1/x', 422, 'invalid-request'],
        ['it is Memori’s own', memori.db.ownerUrl, 422, 'own-database'],
      ];
    };

    it.each(['nobody listens', 'no PostgreSQL listens', 'the host has no name', 'the password is wrong', 'it is a metadata service', 'it is no URL', 'it is another dialect’s', 'it is Memori’s own'])(
      'since %s',
      async (why) => {
        const [, url, status, code] = cases().find(([name]) => name === why) ?? [];

        const answer = await call('POST', '/v1/data-sources', { body: { name: `bad: ${why}`, dialect: 'postgresql', url } });

        expect(answer.body).toMatchObject({ status, code });
        expectDocumented('POST', '/v1/data-sources', answer);
        expect(answer.text).not.toMatch(/wrong-password|:p@/);
        const listed = (await call('GET', '/v1/data-sources')).body.items as Body[];
        expect(listed.map(({ name }) => name)).not.toContain(`bad: ${why}`);
      },
    );

    it('since it has no tables', async () => {
      const empty = await emptyDatabase();

      const answer = await call('POST', '/v1/data-sources', { body: { name: 'empty', dialect: 'postgresql', url: empty.url } });

      expect(answer.body).toMatchObject({ code: 'schema-empty' });
      await empty.close();
    });
  });
});

describe('SQL', () => {
  it('is judged without touching the data source', async () => {
    const answer = await check('SELECT name FROM customers WHERE city = 上海');

    expectDocumented('POST', '/v1/sql/check', answer);
    expect(answer.body).toMatchObject({ allowed: false, violations: [{ code: expect.any(String), position: 40 }] });
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
    const answer = await run(`SELECT 1::int2, 9007199254740993::int8, 1.10::numeric, 'NaN'::float8, '-infinity'::float8, true, date '2024-02-29',
      timestamp '2024-02-29 13:00:00.123456', timestamptz '2024-02-29 13:00:00+02', interval '1 day 2 hours', '\\x00ff'::bytea,
      '{"n":12345678901234567890}'::jsonb, ARRAY[1,NULL,3], 'happy'::mood, NULL::text, 'infinity'::date, date '0044-03-15 BC', 'a' AS x, 'b' AS x`);

    expectDocumented('POST', '/v1/sql/run', answer);
    expect(answer.text).toContain('{"n": 12345678901234567890}');
    expect((answer.body.rows as unknown[][])[0]?.toSpliced(11, 1)).toEqual([
      1, '9007199254740993', '1.10', 'NaN', '-Infinity', true, '2024-02-29', '2024-02-29T13:00:00.123456', '2024-02-29T11:00:00Z', 'P1DT2H', 'AP8=',
      [1, null, 3], 'happy', null, 'infinity', '0044-03-15 BC', 'a', 'b',
    ]);
    expect((answer.body.columns as Body[]).slice(-2).map(({ name }) => name)).toEqual(['x', 'x']);
  });

  it('says when there is more', async () => {
    expect((await run('SELECT i FROM generate_series(1, 10) i', { maxRows: 3 })).body).toMatchObject({ rows: [[1], [2], [3]], rowCount: 3, truncated: true });
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

    expect(answer.body).toMatchObject({ status: 422, code: 'sql-not-allowed', violations: [{ code: expect.any(String), message: expect.any(String) }] });
    expectDocumented('POST', '/v1/sql/run', answer);
  });

  it('that fails says why, with values masked', async () => {
    const answer = await run("SELECT ('secret-' || name)::int FROM customers");

    expect(answer.body).toMatchObject({ status: 422, code: 'sql-failed', sqlstate: '22P02' });
    expect(answer.text).not.toMatch(/secret-|Ada/);
    expectDocumented('POST', '/v1/sql/run', answer);
  });

  it('that takes too long is stopped', async () => {
    const answer = await run('SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 1000) b');

    expect(answer.body).toMatchObject({ status: 504, code: 'sql-timeout' });
  });

  it('that gives too much is stopped before it is in memory', async () => {
    const answer = await run("SELECT repeat('x', 1000000000)");

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

describe('verified queries', () => {
  it('answer without a model, with values bound', async () => {
    const made = await call('POST', '/v1/verified-queries', {
      body: {
        dataSourceId: shop.id,
        question: 'Customers in {city}',
        sql: 'SELECT name FROM customers WHERE city = $1',
        parameters: [{ name: 'city', type: 'text', column: 'customers.city' }],
      },
    });
    expect([made.status, made.headers.get('location')]).toEqual([201, `/v1/verified-queries/${String(made.body.id)}`]);
    expectDocumented('POST', '/v1/verified-queries', made);

    const answer = await call('POST', '/v1/questions', { body: { question: 'Customers in 上海?' } });

    expect(answer.body).toMatchObject({ status: 'answered', source: 'verified-query', rows: [['张伟']], usage: { model: null, attempts: 0, costUsd: 0 } });
    expectDocumented('POST', '/v1/questions', answer);
    const changed = await call('PATCH', `/v1/verified-queries/${String(made.body.id)}`, { body: { description: 'By town.' } });
    expect(changed.body).toMatchObject({ description: 'By town.', status: 'verified' });
    const listed = await call('GET', `/v1/verified-queries?dataSourceId=${shop.name}`);
    expectDocumented('GET', '/v1/verified-queries', listed);
    expect((await call('DELETE', `/v1/verified-queries/${String(made.body.id)}`)).status).toBe(204);
  });

  it('are imported line by line and exported again', async () => {
    const lines = [
      JSON.stringify({ question: 'How many orders?', sql: 'SELECT count(*) AS n FROM orders' }),
      'no json',
      JSON.stringify({ question: 'Write!', sql: 'DELETE FROM orders' }),
    ].join('\n');

    const imported = await call('POST', '/v1/verified-queries/import', { raw: lines, headers: { 'content-type': 'application/x-ndjson' } });
    const exported = await call('GET', '/v1/verified-queries/export');

    expect(imported.body).toMatchObject({ created: 1, updated: 0, failed: [{ line: 2 }, { line: 3, code: 'sql-not-allowed' }] });
    expectDocumented('POST', '/v1/verified-queries/import', imported);
    expect(exported.text.trim().split('\n').map((line) => (JSON.parse(line) as Body).question)).toEqual(['How many orders?']);
    expect((await call('POST', '/v1/verified-queries/import', { body: {} })).body).toMatchObject({ status: 400, code: 'invalid-request' });
    expect((await call('POST', '/v1/sessions', { raw: '{}', headers: { 'content-type': 'application/x-ndjson' } })).status).toBe(400);
  });

  it.each([
    [{ question: 'x', sql: 'DELETE FROM orders' }, 'sql-not-allowed'],
    [{ question: 'x {a}', sql: 'SELECT 1' }, 'invalid-request'],
    [{ question: 'x', sql: 'SELECT $1' }, 'invalid-request'],
    [{ question: 'x {a}', sql: 'SELECT $1', parameters: [{ name: 'a', type: 'colour' }] }, 'invalid-request'],
    [{ question: 'x {a}', sql: 'SELECT $1', parameters: ['a'] }, 'invalid-request'],
  ])('%j are refused', async (body, code) => {
    const answer = await call('POST', '/v1/verified-queries', { body });

    expect(answer.body).toMatchObject({ status: 422, code });
    expectDocumented('POST', '/v1/verified-queries', answer);
  });
});

describe('the budget', () => {
  it('is told with its limits, and usage by day', async () => {
    const [budget, usage] = [await call('GET', '/v1/budget'), await call('GET', '/v1/usage?groupBy=model')];

    expectDocumented('GET', '/v1/budget', budget);
    expectDocumented('GET', '/v1/usage', usage);
    expect((budget.body.items as Body[])[0]).toMatchObject({ limit: 1_000_000, posted: 0, held: 0, remaining: 1_000_000 });
    expect((await call('GET', '/v1/usage?from=yesterday')).body).toMatchObject({ errors: [{ pointer: '/from' }] });
    expect((await call('GET', '/v1/usage?groupBy=colour')).body).toMatchObject({ errors: [{ pointer: '/groupBy' }] });
  });
});
