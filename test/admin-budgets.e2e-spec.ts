import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeClaude } from '@memori/testing';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Body, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let claude: FakeClaude;
let memori: BootedMemori;
let call: Call;
let shop: Shop;
let document: ApiDocument;
let member: string;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: { MEMORI_BACKGROUND_MODEL_CALLS: 'false' } });
  call = clientOf(memori);
  shop = await openShop(call);
  document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;
  const made = await call('POST', '/v1/admin/api-keys', { body: { name: 'ada', userId: 'ada' } });
  member = made.body.key as string;
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

function expectDocumented(method: string, template: string, answer: Answer): void {
  expect(undocumented(document, method, template, answer)).toEqual([]);
}

const BUDGET = '/v1/admin/budgets/{scope}/{id}';
const items = (answer: Answer) => answer.body.items as Body[];

describe('limits', () => {
  it('are set, bind at once, are listed, and are lifted again', async () => {
    const set = await call('PUT', '/v1/admin/budgets/user/ada', { body: { window: 'month', usd: 0.000001, soft: 0 } });
    expectDocumented('PUT', BUDGET, set);
    expect(set.body).toMatchObject({ scope: 'user', id: 'ada', window: 'month', usd: 0.000001, tokens: null });
    const budget = await call('GET', '/v1/budget', { key: member });
    expect(items(budget)).toMatchObject([{ window: 'day' }, { window: 'month', unit: 'usd', limit: 0.000001 }]);

    const refused = await call('POST', '/v1/questions', {
      key: member,
      body: { question: 'How many orders are open?' },
    });

    expect(refused.body).toMatchObject({ status: 429, code: 'budget-exhausted', limitSource: 'user/month' });
    const listed = await call('GET', '/v1/admin/budgets');
    expectDocumented('GET', '/v1/admin/budgets', listed);
    expect(items(listed).map(({ id, origin }) => [id, origin])).toEqual([
      ['*', 'configured'],
      ['ada', 'administrator'],
    ]);
    expect((await call('DELETE', '/v1/admin/budgets/user/ada?window=month')).status).toBe(204);
    expect((await call('DELETE', '/v1/admin/budgets/user/ada')).status).toBe(404);
    expect(items(await call('GET', '/v1/budget', { key: member }))).toHaveLength(1);
  });

  it('may be for everybody, for a data source by its name, and for the installation', async () => {
    for (const [path, id] of [
      ['user/*', '*'],
      [`data-source/${shop.name}`, shop.id],
      ['tenant/default', 'default'],
      ['global/*', '*'],
    ]) {
      const set = await call('PUT', `/v1/admin/budgets/${path}`, { body: { window: 'total', tokens: 1_000_000_000 } });
      expect([set.status, set.body.id]).toEqual([200, id]);
      const standing = await call('GET', `/v1/admin/budgets/data-source/${shop.name}`);
      expectDocumented('GET', BUDGET, standing);
      expect(items(standing)).toMatchObject([{ window: 'day' }, { window: 'month' }, { window: 'total' }]);
      expect((await call('DELETE', `/v1/admin/budgets/${path}`)).status).toBe(204);
    }
  });

  it.each([
    ['user/ada', { window: 'week', tokens: 1 }, 422, '/window'],
    ['user/ada', { window: 'day' }, 422, ''],
    ['user/ada', { window: 'day', tokens: -1 }, 422, '/tokens'],
    ['user/ada', { window: 'day', tokens: 'many' }, 422, '/tokens'],
    ['user/ada', { window: 'day', tokens: 1, colour: 'red' }, 422, '/colour'],
    ['team/ada', { window: 'day', tokens: 1 }, 422, '/scope'],
    ['session/nowhere', { window: 'day', tokens: 1 }, 404, undefined],
    ['data-source/nowhere', { window: 'day', tokens: 1 }, 404, undefined],
    ['tenant/nowhere', { window: 'day', tokens: 1 }, 404, undefined],
  ])('on %s of %j are refused', async (path, body, status, pointer) => {
    const answer = await call('PUT', `/v1/admin/budgets/${path}`, { body });

    expect(answer.status).toBe(status);
    if (pointer !== undefined) expect((answer.body.errors as Body[])[0]).toMatchObject({ pointer });
    expectDocumented('PUT', BUDGET, answer);
  });

  it.each(['budgets/user/ada', 'prices', 'webhooks', 'budgets'])('are for administrators alone: %s', async (path) => {
    expect((await call('GET', `/v1/admin/${path}`, { key: member })).body).toMatchObject({ code: 'forbidden' });
  });
});

describe('prices', () => {
  it('are read, changed and handed back, and malformed ones are refused', async () => {
    const before = await call('GET', '/v1/admin/prices');
    expectDocumented('GET', '/v1/admin/prices', before);
    const models = before.body.models as Body[];

    const wrong = await call('PUT', '/v1/admin/prices', {
      body: { ...before.body, models: [{ ...models[0], input: 2 }] },
    });
    const set = await call('PUT', '/v1/admin/prices', {
      body: { ...before.body, models: models.map((model) => ({ ...model, output: '99' })) },
    });

    expect(wrong.body).toMatchObject({ status: 422, errors: [{ pointer: '/models/0/input' }] });
    expectDocumented('PUT', '/v1/admin/prices', wrong);
    expectDocumented('PUT', '/v1/admin/prices', set);
    expect(set.body).toMatchObject({ isBundled: false, setBy: 'admin' });
    expect((await call('GET', '/v1/admin/prices')).body).toEqual(set.body);
    const back = await call('PUT', '/v1/admin/prices', { body: before.body });
    expect(back.body).toMatchObject({ isBundled: true, priceVersion: before.body.priceVersion });
  });
});

describe('a webhook', () => {
  let receiver: Server;
  let got: Promise<{ headers: Record<string, unknown>; body: string }>;

  beforeAll(async () => {
    got = new Promise((resolve) => {
      receiver = createServer((request, reply) => {
        let body = '';
        request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        request.on('end', () => {
          reply.writeHead(204).end();
          resolve({ headers: request.headers, body });
        });
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => receiver.close());

  it('is told of an alert, signed with the secret that was shown once', async () => {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const made = await call('POST', '/v1/admin/webhooks', { body: { url } });
    expectDocumented('POST', '/v1/admin/webhooks', made);
    expect(made.status).toBe(201);
    const listed = await call('GET', '/v1/admin/webhooks');
    expectDocumented('GET', '/v1/admin/webhooks', listed);
    expect(listed.text).not.toContain(made.body.secret);

    claude.answers('SELECT count(*) FROM orders');
    await call('PUT', '/v1/admin/budgets/user/ada', { body: { window: 'total', tokens: 1_000_000, soft: 0.000001 } });
    const answer = await call('POST', '/v1/questions', {
      key: member,
      body: { question: 'How many orders are there?' },
    });
    expect(answer.body).toMatchObject({ status: 'answered' });

    const { headers, body } = await got;
    const [, t, v1] = /^t=(\d+),v1=(.+)$/.exec(String(headers['memori-signature'])) ?? [];
    expect(v1).toBe(createHmac('sha256', String(made.body.secret)).update(`${t}.${body}`).digest('hex'));
    expect(JSON.parse(body)).toMatchObject({
      type: 'budget.alert',
      data: { scope: 'user', scopeId: 'ada', window: 'total' },
    });
    const csv = await call('GET', '/v1/usage?groupBy=source', { headers: { accept: 'text/csv' } });
    expectDocumented('GET', '/v1/usage', csv);
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect(csv.text).toMatch(/^key,attempts,.*\r\nmodel,1,/);
    expect((await call('DELETE', `/v1/admin/webhooks/${String(made.body.id)}`)).status).toBe(204);
    expect((await call('DELETE', `/v1/admin/webhooks/${String(made.body.id)}`)).status).toBe(404);
  });

  it('may not lead to a metadata service', async () => {
    const answer = await call('POST', '/v1/admin/webhooks', { body: { url: 'http://169.254.169.254/latest' } });

    expect(answer.body).toMatchObject({ status: 422, errors: [{ pointer: '/url' }] });
    expectDocumented('POST', '/v1/admin/webhooks', answer);
  });
});
