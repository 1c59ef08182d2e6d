import { withClient } from '@memori/database';
import { FakeClaude } from '@memori/testing';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Body, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let claude: FakeClaude;
let memori: BootedMemori;
let call: Call;
let shop: Shop;

afterEach(async () => {
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

async function boot(env: Record<string, string>): Promise<void> {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: { MEMORI_MAX_CONCURRENT_REQUESTS: '1', ...env } });
  call = clientOf(memori);
  shop = await openShop(call);
}

const ask = (question: string, headers: Record<string, string> = {}) =>
  call('POST', '/v1/questions', { body: { question }, headers: { prefer: 'respond-async', ...headers } });
const read = (id: unknown, wait = 0) => call('GET', `/v1/questions/${String(id)}?wait=${wait}`);
const sql = (text: string) => withClient(memori.db.superuser, (client) => client.query(text));

/** Waits in the line behind whatever holds the only slot. */
async function queued(question: string, headers: Record<string, string> = {}): Promise<Body> {
  const { id } = (await ask(question, headers)).body;
  for (;;) {
    const { body } = await read(id);
    if (body.status === 'queued') return body;
    expect(body.status).toBe('running');
  }
}

it('takes MEMORI_QUEUE_MAX_WAITING questions into the line, and answers 503 queue-full to the next', async () => {
  await boot({ MEMORI_QUEUE_MAX_WAITING: '2' });
  const gate = claude.holdNext('SELECT 1 AS one');
  const first = await ask('Holder?');
  await claude.received(1);
  const waiting = [await queued('Waiter 1?'), await queued('Waiter 2?')];
  const document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;

  const refused = await call('POST', '/v1/questions', { body: { question: 'One too many?' } });

  expect(refused.status).toBe(503);
  expect(refused.body).toMatchObject({ code: 'queue-full', retryable: true, limitSource: 'queue', remaining: 0 });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(undocumented(document, 'POST', '/v1/questions', refused)).toEqual([]);
  claude.answers('SELECT 2 AS two');
  gate.open();
  for (const { id } of [first.body, ...waiting]) expect((await read(id, 60)).body.status).toBe('answered');
});

it('tells who waits his place and, from what answers took lately, about how long', async () => {
  await boot({});
  claude.next('SELECT 0 AS zero');
  await read((await ask('Measured?')).body.id, 30);
  // As if that answer had taken forty seconds, twenty-five of which it stood in the line.
  await sql(`UPDATE memori.questions SET answer = jsonb_set(jsonb_set(answer::jsonb, '{timings,totalMs}', '40000'),
    '{timings,queueMs}', '25000')::json`);
  const gate = claude.holdNext('SELECT 1 AS one');
  await ask('Holder?');
  await claude.received(2);

  const [one, two] = [await queued('Waiter 1?'), await queued('Waiter 2?')];

  expect(one.queue).toEqual({ position: 1, estimatedWaitMs: 15_000 });
  expect(two.queue).toEqual({ position: 2, estimatedWaitMs: 30_000 });
  claude.answers('SELECT 2 AS two');
  gate.open();
  expect((await read(two.id, 60)).body).not.toHaveProperty('queue');
});

it('fails what waited longer than MEMORI_QUEUE_MAX_WAIT_SECONDS with queue-timeout', async () => {
  await boot({ MEMORI_QUEUE_MAX_WAIT_SECONDS: '1' });
  const gate = claude.holdNext('SELECT 1 AS one');
  await ask('Holder?');
  await claude.received(1);
  const { id } = await queued('Forgotten?');

  const { body } = await read(id, 30);

  expect(body).toMatchObject({
    status: 'failed',
    error: { status: 504, code: 'queue-timeout', retryable: true, questionId: id },
  });
  gate.open();
});

it('lets what somebody waits for go before what was asked with Priority: u=7', async () => {
  await boot({});
  const gate = claude.holdNext('SELECT 1 AS one');
  await ask('Holder?');
  await claude.received(1);
  claude.answers('SELECT 2 AS two');
  const nightly = await queued('One of an evaluation?', { priority: 'u=7' });
  const asked = await queued('Somebody waits for this?');

  gate.open();

  for (const { id } of [nightly, asked]) expect((await read(id, 60)).body.status).toBe('answered');
  const order = claude.requests.map(({ question }) => question);
  expect(order).toEqual(['Holder?', 'Somebody waits for this?', 'One of an evaluation?']);
});
