import type { Principal } from '@memori/scope';
import { replies } from '@memori/testing';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';
import { QuestionSweeper } from './question-sweeper';

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
const TWO = 'SELECT 2 AS two FROM customers LIMIT 1';
const BOB: Principal = { ...ADMIN, userId: 'bob' };

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

describe('a question that must wait', () => {
  it('is answered from the line when a slot frees', async () => {
    const gate = world.claude.holdNext(ONE);
    const first = world.ask('First?');
    await world.claude.received(1);
    world.claude.next(TWO);

    const second = await world.ask('Second?', {}, { waitMs: 0 });
    await until(second.answer.id, 'queued');
    const waiting = await world.main.questions.get(ADMIN, second.answer.id);
    gate.open();

    expect(waiting.answer).toMatchObject({
      status: 'queued',
      queue: { position: 1, estimatedWaitMs: expect.any(Number) },
    });
    expect((await first).rows).toEqual(['[1]']);
    const { answer, rows } = await ended(second.answer.id);
    expect(rows).toEqual(['[2]']);
    expect(answer.timings.queueMs).toBeGreaterThan(0);
  });

  it('is answered to a caller who waits for it on the first connection', async () => {
    const gate = world.claude.holdNext(ONE);
    const first = world.ask('First?');
    await world.claude.received(1);
    world.claude.next(TWO);

    const second = world.ask('Second?');
    gate.open();

    expect((await second).rows).toEqual(['[2]']);
    await first;
  });

  it('tells at once when the provider asks for more time than a question may wait', async () => {
    world.claude.next(replies.rateLimited({ retryAfterSeconds: 3600 }));

    const { answer } = await world.ask('After an hour?');
    await world.sql('DELETE FROM memori.pauses');

    expect(answer).toMatchObject({
      status: 'failed',
      error: { code: 'provider-rate-limited', retryAfterMs: expect.any(Number) },
    });
  });

  it('waits as long as the provider says, and is then answered by the worker', async () => {
    world.claude.next(replies.rateLimited({ retryAfterSeconds: 1 }), ONE);

    const { answer, rows } = await world.ask('After a 429?');

    expect(rows).toEqual(['[1]']);
    expect(answer.timings.queueMs).toBeGreaterThanOrEqual(900);
    expect(world.claude.requests).toHaveLength(2);
  });

  it('keeps what an earlier round found out', async () => {
    world.claude.next('SELECT nonsense FROM customers', replies.rateLimited({ retryAfterSeconds: 1 }), ONE);

    const { answer } = await world.ask('Repaired after a wait?');

    expect(answer.status).toBe('answered');
    expect(answer.usage.attempts).toBeGreaterThanOrEqual(2);
    // The repair went on where it was: the first reply was not paid twice.
    expect(world.claude.requests.map(({ body }) => body.messages.length)).toEqual([1, 3, 3]);
  });

  it('fails after its attempts with what the provider said', async () => {
    world.claude.next(replies.serverError(), replies.serverError());

    const { answer } = await world.ask('Broken?', {}, { idempotencyKey: 'broken' });
    const [key] = await world.sql('SELECT 1 FROM memori.idempotency_keys WHERE question_id = $1', [answer.id]);

    expect(answer).toMatchObject({
      status: 'failed',
      error: { status: 503, code: 'provider-unavailable', retryable: true },
    });
    expect(key).toBeUndefined();
  });

  it('lets a user who has nothing running go before one who asked five times', async () => {
    const gate = world.claude.holdNext(ONE);
    const first = world.ask('Busy 0?');
    await world.claude.received(1);
    world.claude.answers(TWO);
    const busy: string[] = [];
    for (const n of [1, 2, 3]) {
      const { answer } = await world.ask(`Busy ${n}?`, {}, { waitMs: 0 });
      await until(answer.id, 'queued');
      busy.push(answer.id);
    }
    const bobs = await world.main.questions.ask(BOB, { question: 'Bob?' }, { waitMs: 0 });
    await until(bobs.answer.id, 'queued');

    gate.open();
    await Promise.all([first, ended(bobs.answer.id, BOB), ...busy.map((id) => ended(id))]);

    expect(world.claude.requests.map(({ question }) => question)).toContain('Bob?');
    expect(world.claude.requests.findIndex(({ question }) => question === 'Bob?')).toBeLessThan(4);
  });

  it('is refused with queue-full when enough wait, and its key is forgotten', async () => {
    const gate = world.claude.holdNext(ONE);
    const first = world.ask('Holder?');
    await world.claude.received(1);
    world.claude.answers(TWO);
    const waiting = [];
    for (const n of [1, 2, 3, 4, 5]) {
      const { answer } = await world.ask(`Waiter ${n}?`, {}, { waitMs: 0 });
      await until(answer.id, 'queued');
      waiting.push(answer.id);
    }

    const { answer } = await world.ask('One too many?', {}, { idempotencyKey: 'too-many' });
    gate.open();
    await Promise.all([first, ...waiting.map((id) => ended(id))]);
    const again = await world.ask('One too many?', {}, { idempotencyKey: 'too-many' });

    expect(answer.error).toMatchObject({
      status: 503,
      code: 'queue-full',
      limitSource: 'queue',
      retryAfterMs: expect.any(Number),
    });
    expect(again).toMatchObject({ replayed: false, rows: ['[2]'] });
  });

  it('fails with queue-timeout when nobody ran it in time', async () => {
    const gate = world.claude.holdNext(ONE);
    const first = world.ask('Holder?');
    await world.claude.received(1);
    const { answer } = await world.ask('Forgotten?', {}, { waitMs: 0 });
    await until(answer.id, 'queued');

    await world.sql("UPDATE memori.questions SET created_at = created_at - interval '601 s' WHERE id = $1", [
      answer.id,
    ]);
    await world.get(QuestionSweeper).sweep();

    expect((await ended(answer.id)).answer).toMatchObject({
      status: 'failed',
      error: { status: 504, code: 'queue-timeout', questionId: answer.id },
    });
    gate.open();
    await first;
  });
});
