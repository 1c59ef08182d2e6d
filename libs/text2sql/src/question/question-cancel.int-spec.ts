import { Budget } from '@memori/llm';
import { replies } from '@memori/testing';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';

jest.setTimeout(20_000);

let world: QuestionWorld;

beforeAll(async () => {
  world = await questionWorld({
    env: { MEMORI_MAX_CONCURRENT_REQUESTS: '1', MEMORI_QUEUE_MAX_WAITING: '5', MEMORI_MAX_ATTEMPTS: '2' },
  });
}, 30_000);
afterAll(() => world?.close());
beforeEach(async () => {
  await world.claude.idle();
  world.claude.reset();
});

const ONE = 'SELECT 1 AS one FROM customers LIMIT 1';

function ended(id: string, principal = ADMIN, waitMs = 20_000) {
  return world.main.questions.get(principal, id, waitMs);
}

/** Resolves when the question is in that state, as the table has it. */
async function until(id: string, status: string): Promise<void> {
  for (;;) {
    const [row] = await world.sql<{ status: string }>('SELECT status FROM memori.questions WHERE id = $1', [id]);
    if (row?.status === status) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('cancelling', () => {
  it('ends a running question at once, and its call', async () => {
    world.claude.next(replies.hang());
    const asked = world.ask('Cancelled while running?');
    await world.claude.received(1);
    const [{ id = '' } = {}] = await world.sql<{ id: string }>(
      "SELECT id FROM memori.questions WHERE status = 'running'",
    );

    await world.main.questions.cancel(ADMIN, id);

    expect((await asked).answer).toMatchObject({ status: 'cancelled', error: { code: 'cancelled', status: 409 } });
    await world.claude.idle();
    expect(world.claude.requests.at(-1)?.state).toBe('aborted');
  });

  it('tells what the aborted call was charged, from the first look on', async () => {
    world.claude.next(replies.hang());
    const asked = world.ask('Cancelled, and paid?');
    await world.claude.received(1);
    const [{ id = '' } = {}] = await world.sql<{ id: string }>(
      "SELECT id FROM memori.questions WHERE status = 'running'",
    );

    await world.main.questions.cancel(ADMIN, id);

    const { answer } = await world.main.questions.get(ADMIN, id);
    const [charged] = await world.sql<{ cost: number; output: number }>(
      `SELECT (nano_usd / 1e9)::float8 AS cost, output_tokens::float8 AS output FROM memori.journal WHERE question_id = $1`,
      [id],
    );
    expect(charged?.cost).toBeGreaterThan(0);
    expect(answer.usage).toMatchObject({ attempts: 1, costUsd: charged?.cost, outputTokens: charged?.output });
    expect(answer.budget).not.toEqual([]);
    await asked;
  });

  it('reaches the process that runs it, wherever that is', async () => {
    const elsewhere = await world.start({ MEMORI_ROLE: 'api' });
    world.claude.next(replies.hang());
    const asked = elsewhere.questions.ask(ADMIN, { question: 'Far away?' }, { waitMs: 20_000 });
    await world.claude.received(1);
    const [{ id = '' } = {}] = await world.sql<{ id: string }>(
      "SELECT id FROM memori.questions WHERE status = 'running'",
    );

    await world.main.questions.cancel(ADMIN, id);

    expect((await asked).answer.status).toBe('cancelled');
    expect((await world.main.questions.get(ADMIN, id)).answer.usage.attempts).toBe(1);
    await world.claude.idle();
  });

  it('ends a waiting question before the model hears of it', async () => {
    const gate = world.claude.holdNext(ONE);
    const first = world.ask('Holder?');
    await world.claude.received(1);
    const { answer } = await world.ask('Cancelled while waiting?', {}, { waitMs: 0 });
    await until(answer.id, 'queued');

    await world.main.questions.cancel(ADMIN, answer.id);
    gate.open();
    await first;

    expect((await ended(answer.id)).answer.status).toBe('cancelled');
    expect(world.claude.requests).toHaveLength(1);
  });

  it('leaves one that has ended as it is', async () => {
    world.claude.next(ONE);
    const { answer } = await world.ask('Over already?');

    await world.main.questions.cancel(ADMIN, answer.id);

    expect((await ended(answer.id)).answer.status).toBe('answered');
  });

  it('follows from a lost connection when nobody else waits', async () => {
    world.claude.next(replies.hang());
    const connection = new AbortController();
    const asked = world.ask('Hung up?', {}, { signal: connection.signal });
    await world.claude.received(1);

    connection.abort();

    const { answer } = await asked;
    expect((await ended(answer.id)).answer.status).toBe('cancelled');
    await world.claude.idle();
  });

  it.each([
    ['it has a key', { idempotencyKey: 'hung-up' }, false],
    ['it was asked for later', { respondAsync: true }, false],
    ['somebody else follows it', {}, true],
  ])('does not follow from a lost connection when %s', async (_, options, isFollowed) => {
    const gate = world.claude.holdNext(ONE);
    const connection = new AbortController();
    const asked = world.ask('Hung up, but wanted?', {}, { ...options, signal: connection.signal });
    await world.claude.received(1);
    const [{ id = '' } = {}] = await world.sql<{ id: string }>(
      "SELECT id FROM memori.questions WHERE status = 'running'",
    );
    const follower = isFollowed ? world.main.questions.get(ADMIN, id, 20_000) : undefined;
    if (isFollowed) await untilShared(id);

    connection.abort();
    await asked;
    gate.open();

    expect((await ended(id)).answer.status).toBe('answered');
    await follower;
  });
});

describe('the usage of a question', () => {
  it('holds the call of a process that died, once the ledger knows what it was', async () => {
    const gate = world.claude.holdNext(ONE);
    const asked = world.ask('Died once?');
    await world.claude.received(1);
    const [{ id = '' } = {}] = await world.sql<{ id: string }>(
      "SELECT id FROM memori.questions WHERE status = 'running'",
    );
    const atMost = {
      inputTokens: 100,
      cacheReadTokens: 0,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: 40,
    };
    const budget = world.get(Budget);
    const dead = await budget.reserve(ADMIN, {
      model: 'claude-sonnet-5-5',
      atMost,
      purpose: 'answer',
      questionId: id,
    });
    await budget.markSent(dead);
    gate.open();
    await asked;
    const before = (await ended(id)).answer.usage;

    const { costNanoUsd } = await budget.settle(dead, atMost, { outcome: 'died' });

    const { usage } = (await ended(id)).answer;
    expect([before.attempts, usage.attempts]).toEqual([2, 2]);
    expect(usage.inputTokens - before.inputTokens).toBe(100);
    expect(usage.costUsd - before.costUsd).toBeCloseTo(Number(costNanoUsd) / 1e9, 9);
    const { items } = await world.main.questions.list(ADMIN, {}, { limit: 1 });
    expect(items[0]).toMatchObject({ id, usage });
  });
});

async function untilShared(id: string): Promise<void> {
  for (;;) {
    const [row] = await world.sql<{ shared: boolean }>('SELECT shared FROM memori.questions WHERE id = $1', [id]);
    if (row?.shared) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
