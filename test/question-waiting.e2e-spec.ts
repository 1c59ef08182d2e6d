import { FakeClaude } from '@memori/testing';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Call, type CallOptions, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let claude: FakeClaude;
let memori: BootedMemori;
let call: Call;
let shop: Shop;
let document: ApiDocument;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: { MEMORI_BACKGROUND_MODEL_CALLS: 'false' } });
  call = clientOf(memori);
  shop = await openShop(call);
  document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

const ask = (question: string, options: CallOptions & { more?: object } = {}) =>
  call('POST', '/v1/questions', { ...options, body: { question, ...options.more } });
const read = (id: unknown, wait = 30) => call('GET', `/v1/questions/${String(id)}?wait=${wait}`);

function expectDocumented(method: string, path: string, answer: Answer): void {
  expect(undocumented(document, method, path, answer)).toEqual([]);
}

describe('a caller who does not wait', () => {
  it('gets 202 at once, and the answer later', async () => {
    const gate = claude.holdNext('SELECT 2 AS two');

    const accepted = await ask('What is two?', { headers: { prefer: 'respond-async' } });

    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('location')).toBe(`/v1/questions/${String(accepted.body.id)}`);
    expect(Number(accepted.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(['queued', 'running']).toContain(accepted.body.status);
    expectDocumented('POST', '/v1/questions', accepted);
    gate.open();
    expect((await read(accepted.body.id)).body).toMatchObject({ status: 'answered', rows: [[2]] });
  });

  it('may name how long he waits', async () => {
    const gate = claude.holdNext('SELECT 3 AS three');

    const accepted = await ask('What is three?', { headers: { prefer: 'wait=0' } });

    expect(accepted.status).toBe(202);
    expect((await read(accepted.body.id, 0)).body.status).not.toBe('answered');
    gate.open();
    await read(accepted.body.id);
  });

  it('may cancel', async () => {
    const gate = claude.holdNext('SELECT 4 AS four');
    const accepted = await ask('What is four?', { headers: { prefer: 'respond-async' } });

    const cancelled = await call('DELETE', `/v1/questions/${String(accepted.body.id)}`);

    expect([cancelled.status, cancelled.text]).toEqual([204, '']);
    const read4 = await read(accepted.body.id);
    expect(read4.body).toMatchObject({ status: 'cancelled' });
    expectDocumented('GET', '/v1/questions/{id}', read4);
    gate.open();
    expect((await call('DELETE', `/v1/questions/${String(accepted.body.id)}`)).status).toBe(204);
    expect((await read(accepted.body.id)).body.status).toBe('cancelled');
  });

  it('is told 422 for a wait that is no number of seconds', async () => {
    const { body } = await ask('What is five?');

    for (const wait of ['-1', '121', 'x', '1.5'])
      expect((await call('GET', `/v1/questions/${String(body.id)}?wait=${wait}`)).status).toBe(422);
  });
});

describe('an idempotency key', () => {
  const key = (text: string) => ({ 'idempotency-key': encodeURIComponent(text) });

  it('gives the same answer to the same body, and is marked as replayed', async () => {
    claude.gold('How many customers?', 'SELECT count(*) AS n FROM customers');
    const asked = claude.requests.length;

    const first = await ask('How many customers?', { headers: key('订单 1') });
    const second = await ask('How many customers?', { headers: key('订单 1') });

    expect(second.body.id).toBe(first.body.id);
    expect(second.body.rows).toEqual(first.body.rows);
    expect([first.headers.get('idempotency-replayed'), second.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ]);
    expect(claude.requests.length).toBe(asked + 1);
  });

  it('belongs to its body', async () => {
    await ask('How many customers?', { headers: key('k2') });

    const other = await ask('How many orders?', { headers: key('k2') });

    expect(other.body).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    expectDocumented('POST', '/v1/questions', other);
  });

  it('belongs to its user', async () => {
    const mine = await ask('How many customers?', { headers: key('k3') });
    const theirs = await ask('How many customers?', { headers: { ...key('k3'), 'x-memori-user': 'bob' } });

    expect(theirs.status).toBe(200);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it('makes two callers at once wait for one answer', async () => {
    const gate = claude.holdNext('SELECT 6 AS six');
    const asked = claude.requests.length;

    const both = [ask('What is six?', { headers: key('k4') }), ask('What is six?', { headers: key('k4') })];
    await claude.received(asked + 1);
    gate.open();
    const [first, second] = await Promise.all(both);

    expect(first?.body.id).toBe(second?.body.id);
    expect([first?.body.rows, second?.body.rows]).toEqual([[[6]], [[6]]]);
    expect(claude.requests.length).toBe(asked + 1);
  });

  it('is refused when it cannot be read', async () => {
    expect((await ask('x', { headers: { 'idempotency-key': '%' } })).body).toMatchObject({
      status: 422,
      code: 'invalid-request',
    });
  });
});
