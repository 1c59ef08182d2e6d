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

function expectDocumented(method: string, template: string, answer: Answer): void {
  expect(undocumented(document, method, template, answer)).toEqual([]);
}

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

    expect(answer.body).toMatchObject({
      status: 'answered',
      source: 'verified-query',
      rows: [['张伟']],
      usage: { model: null, attempts: 0, costUsd: 0 },
    });
    expectDocumented('POST', '/v1/questions', answer);
    const usage = await call('GET', '/v1/usage?groupBy=source');
    expect(usage.body.items).toMatchObject([
      { key: 'verified-query', answersWithoutModel: 1, attempts: 0, costUsd: 0 },
    ]);
    const changed = await call('PATCH', `/v1/verified-queries/${String(made.body.id)}`, {
      body: { description: 'By town.' },
    });
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

    const imported = await call('POST', '/v1/verified-queries/import', {
      raw: lines,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    const exported = await call('GET', '/v1/verified-queries/export');

    expect(imported.body).toMatchObject({
      created: 1,
      updated: 0,
      failed: [{ line: 2 }, { line: 3, code: 'sql-not-allowed' }],
    });
    expectDocumented('POST', '/v1/verified-queries/import', imported);
    expect(
      exported.text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as Body).question),
    ).toEqual(['How many orders?']);
    expect((await call('POST', '/v1/verified-queries/import', { body: {} })).body).toMatchObject({
      status: 400,
      code: 'invalid-request',
    });
    expect(
      (await call('POST', '/v1/sessions', { raw: '{}', headers: { 'content-type': 'application/x-ndjson' } })).status,
    ).toBe(400);
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
    expect((budget.body.items as Body[])[0]).toMatchObject({
      limit: 1_000_000,
      posted: 0,
      held: 0,
      remaining: 1_000_000,
    });
    expect((await call('GET', '/v1/usage?from=yesterday')).body).toMatchObject({ errors: [{ pointer: '/from' }] });
    expect((await call('GET', '/v1/usage?groupBy=colour')).body).toMatchObject({ errors: [{ pointer: '/groupBy' }] });
  });
});
