import { withClient } from '@memori/database';
import { FakeClaude, replies } from '@memori/testing';
import { Lifecycle } from '../apps/api/src/health/lifecycle';
import { ADMIN_KEY, bootMemori, type BootedMemori } from './support/boot-memori';
import { type Body, type Call, type CallOptions, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { allEvents } from './support/events';
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

beforeEach(() => claude.reset());

const ask = (question: string, options: CallOptions & { more?: object } = {}) =>
  call('POST', '/v1/questions', { ...options, body: { question, ...options.more } });
const read = (id: unknown, wait = 30) => call('GET', `/v1/questions/${String(id)}?wait=${wait}`);
const usageOf = (body: Body) => body.usage as Record<string, number>;

const sql = <R>(text: string, params: unknown[] = []): Promise<R[]> =>
  withClient(memori.db.superuser, async (client) => (await client.query(text, params)).rows as R[]);

/** Resolves when no slot is taken and no hold is open any more. */
async function nothingIsHeld(): Promise<void> {
  for (;;) {
    const [row] = await sql<{ left: number }>(
      `SELECT ((SELECT count(*) FROM memori.leases) + (SELECT count(*) FROM memori.holds WHERE state = 'open'))::int AS left`,
    );
    if (row?.left === 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const attemptsOf = (id: unknown) =>
  sql<Record<string, unknown>>(
    `SELECT state, outcome, input_tokens + cache_write_5m_tokens + cache_read_tokens > 0 AS input, output_tokens > 0 AS output
     FROM memori.attempts WHERE question_id = $1 ORDER BY prepared_at`,
    [id],
  );

describe("the provider's cache", () => {
  it('is written by the first question and read by the next one, of another user too', async () => {
    const first = await ask('How many customers do we have?');
    const second = await ask('Which orders are there?', { headers: { 'x-memori-user': 'somebody-else' } });

    expect([first.status, second.status]).toEqual([200, 200]);
    const [written, again] = [usageOf(first.body), usageOf(second.body)];
    expect(written.cacheWriteTokens).toBeGreaterThan(512);
    expect(again).toMatchObject({ cacheWriteTokens: 0, cacheReadTokens: written.cacheWriteTokens });
    expect(again.costUsd).toBeLessThan(Number(written.costUsd) / 2);
  });

  it('shows in the usage report, each kind apart', async () => {
    const { body } = await call('GET', '/v1/usage?groupBy=model');

    const [line] = (body.items as Record<string, number>[]).filter(
      ({ cacheReadTokens }) => Number(cacheReadTokens) > 0,
    );
    expect(line?.cacheWriteTokens).toBeGreaterThan(0);
    expect(line?.inputTokens).toBeGreaterThan(0);
  });

  it('keeps verified queries with the schema while they are few', async () => {
    await call('POST', '/v1/verified-queries', {
      body: {
        dataSourceId: shop.id,
        question: 'Orders of Ada, please',
        sql: 'SELECT id FROM orders WHERE customer_id = 1',
        parameters: [],
      },
    });

    const first = await ask('Which orders has Ada, by id?');
    const second = await ask('What is the weather?', { headers: { 'x-memori-user': 'somebody-else' } });

    expect(claude.lastRequest.systemText).toContain('Orders of Ada, please');
    expect(usageOf(second.body).cacheReadTokens).toBe(
      Number(usageOf(first.body).cacheReadTokens) + Number(usageOf(first.body).cacheWriteTokens),
    );
  });
});

describe('the limit of one request', () => {
  it('is kept by the context, in the repair round too, and told with what was left out', async () => {
    const columns = Array.from({ length: 12 }, (_, n) => `measurement_${n} numeric(10, 2)`).join(', ');
    const tables = Array.from({ length: 120 }, (_, n) => `CREATE TABLE archive_${n} (id int PRIMARY KEY, ${columns});`);
    const archive = await openShop(call, 'archive', tables.join('\n'));
    claude.next('SELECT nothing FROM nowhere', 'SELECT count(*) AS n FROM archive_7');

    const answer = await ask('How many rows has archive 7?', { more: { dataSourceId: archive.id } });
    const context = await call('GET', `/v1/questions/${String(answer.body.id)}/context`);
    await call('DELETE', `/v1/data-sources/${archive.id}`);
    await archive.close();

    expect(answer.body).toMatchObject({ status: 'answered', rows: [['0']] });
    expect(claude.requests).toHaveLength(2);
    // The API adds a hidden prompt for the schema of the reply, which an estimate meets only about.
    for (const { input } of claude.requests) expect(input.totalTokens).toBeLessThan(8000 + 300);
    expect(undocumented(document, 'GET', '/v1/questions/{id}/context', context)).toEqual([]);
    const { leftOut, estimatedTokens, limit } = context.body as {
      leftOut: Body[];
      estimatedTokens: number;
      limit: number;
    };
    expect(estimatedTokens).toBeLessThanOrEqual(limit);
    expect(limit).toBe(8000);
    expect(leftOut).toContainEqual({
      part: 'schema',
      reason: 'the token limit of a request',
      items: expect.arrayContaining([expect.stringContaining('archive_')]),
    });
  });
});

describe('a call in the middle of its stream', () => {
  it('is given up when its question is cancelled, and charged for what was streamed', async () => {
    claude.next(replies.stalledStream());
    const accepted = await ask('Cancelled in the stream?', { headers: { prefer: 'respond-async' } });
    await streaming(accepted.body.id);

    const cancelled = await call('DELETE', `/v1/questions/${String(accepted.body.id)}`);
    await claude.idle();
    await nothingIsHeld();

    expect(cancelled.status).toBe(204);
    expect(claude.lastRequest.state).toBe('aborted');
    expect(await attemptsOf(accepted.body.id)).toEqual([
      { state: 'ended', outcome: 'cancelled', input: true, output: true },
    ]);
    for (;;) {
      const { body } = await read(accepted.body.id, 0);
      if (usageOf(body).attempts === 0) continue;
      expect(body.status).toBe('cancelled');
      expect(usageOf(body).costUsd).toBeGreaterThan(0);
      break;
    }
  });

  it('is given up when the connection of the asker is lost', async () => {
    claude.next(replies.stalledStream());
    const connection = new AbortController();
    const pending = fetch(`${memori.url}/v1/questions`, {
      method: 'POST',
      body: JSON.stringify({ question: 'Lost in the stream?' }),
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      signal: connection.signal,
    }).catch(() => undefined);
    await claude.received(1);
    const [{ id }] = (await call('GET', '/v1/questions?limit=1')).body.items as [{ id: string }];
    await streaming(id);

    connection.abort();
    await pending;
    await claude.idle();
    await nothingIsHeld();

    expect(await attemptsOf(id)).toEqual([{ state: 'ended', outcome: 'cancelled', input: true, output: true }]);
    expect((await read(id)).body.status).toBe('cancelled');
  });

  it('goes on when the stream does', async () => {
    const gate = claude.gate();
    claude.next(replies.stalledStream({ until: gate.until, reply: replies.sql('SELECT 11 AS eleven') }));
    const accepted = await ask('Slowly?', { headers: { prefer: 'respond-async' } });
    await streaming(accepted.body.id);

    gate.open();

    expect((await read(accepted.body.id)).body).toMatchObject({ status: 'answered', rows: [[11]] });
  });

  /** Resolves when the attempt row tells what the input cost. */
  async function streaming(id: unknown): Promise<void> {
    for (;;) {
      if ((await attemptsOf(id)).some(({ state }) => state === 'streaming')) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});

describe('a process that is told to stop', () => {
  it('takes nothing new, tells its streams, gives back what runs, and leaves nothing behind', async () => {
    const other = await bootMemori({ claude, beside: memori });
    const theirs = clientOf(other);
    claude.next(replies.stalledStream());
    claude.answers('SELECT 12 AS twelve');
    const accepted = await theirs('POST', '/v1/questions', {
      body: { question: 'Stopped in the middle?' },
      headers: { prefer: 'respond-async' },
    });
    await claude.received(1);
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const stream = allEvents(await fetch(`${other.url}/v1/questions/${String(accepted.body.id)}/events`, { headers }));

    other.app.get(Lifecycle).stop();
    const [ready, live, refused] = [
      await theirs('GET', '/health/ready'),
      await theirs('GET', '/health/live'),
      await theirs('POST', '/v1/questions', { body: { question: 'Too late?' } }),
    ];
    await other.close();
    const events = await stream;

    expect([ready.status, live.status]).toEqual([503, 200]);
    expect(refused.body).toMatchObject({ status: 503, code: 'shutting-down' });
    expect(events.at(-1)).toMatchObject({ type: 'status', data: { reason: 'shutting-down' } });
    expect((await read(accepted.body.id)).body).toMatchObject({ status: 'answered', rows: [[12]] });
    await nothingIsHeld();
    expect((await attemptsOf(accepted.body.id)).map(({ state }) => state)).toEqual(['ended', 'ended']);
  });

  it('lets a call end that ends within the grace', async () => {
    const other = await bootMemori({ claude, beside: memori, env: { MEMORI_SHUTDOWN_GRACE_SECONDS: '20' } });
    const gate = claude.holdNext('SELECT 13 AS thirteen');
    const accepted = await clientOf(other)('POST', '/v1/questions', {
      body: { question: 'Just in time?' },
      headers: { prefer: 'respond-async' },
    });
    await claude.received(1);

    const closed = other.close();
    gate.open();
    await closed;

    expect((await read(accepted.body.id, 0)).body).toMatchObject({ status: 'answered', rows: [[13]] });
    expect(await attemptsOf(accepted.body.id)).toHaveLength(1);
    await nothingIsHeld();
  });
});

describe('a dry run', () => {
  it('answers with a quote, as documented, and calls nothing', async () => {
    const answer = await ask('How many customers, and what would it cost?', { more: { dryRun: true } });

    expect(answer.status).toBe(200);
    expect(undocumented(document, 'POST', '/v1/questions', answer)).toEqual([]);
    expect(answer.body).toMatchObject({
      status: 'answered',
      source: 'model',
      usage: { attempts: 0 },
      quote: { model: 'claude-sonnet-5-5', modelReason: 'first', wouldFail: null },
    });
    expect(claude.requests).toEqual([]);
    expect((await read(answer.body.id, 0)).status).toBe(404);
  });

  it('costs nothing where a verified query would answer', async () => {
    const query = { question: 'All orders of Zoë, please', sql: 'SELECT id FROM orders WHERE customer_id = 3' };
    await call('POST', '/v1/verified-queries', { body: { dataSourceId: shop.id, ...query, parameters: [] } });
    const answer = await ask('All orders of Zoë, please', {
      more: { dryRun: true },
      headers: { accept: 'text/event-stream' },
    });

    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(undocumented(document, 'POST', '/v1/questions', answer)).toEqual([]);
    expect(answer.body).toMatchObject({
      source: 'verified-query',
      usage: { costUsd: 0 },
      quote: { source: 'verified-query', model: null, atMost: { costUsd: 0 } },
    });
    expect(answer.body.rows).toBeUndefined();
  });

  it('tells which limit would refuse it', async () => {
    const poor = await bootMemori({ claude, beside: memori, env: { MEMORI_DAILY_TOKEN_LIMIT: '2000' } });

    const answer = await clientOf(poor)('POST', '/v1/questions', {
      body: { question: 'Too dear?', dryRun: true },
      headers: { 'x-memori-user': 'poor' },
    });
    await poor.close();

    expect(undocumented(document, 'POST', '/v1/questions', answer)).toEqual([]);
    expect(answer.body.quote).toMatchObject({
      wouldFail: { code: 'budget-exhausted', limitSource: 'user/day', limit: 2000, remaining: 2000 },
    });
  });
});
