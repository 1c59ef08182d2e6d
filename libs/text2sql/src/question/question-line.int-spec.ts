import { newId, type Principal } from '@memori/scope';
import { replies } from '@memori/testing';
import {
  ADMIN,
  questionWorld,
  type QuestionProcess,
  type QuestionWorld,
} from '../../../../test/support/question-world';
import { hasEnded } from './answer';
import { ClaimKeeper } from './claim-keeper';
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
      status: 429,
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

describe('a claim', () => {
  it('that expired is taken by another process, and the first one cannot write any more', async () => {
    const gate = world.claude.holdNext(ONE);
    const slow = await world.start({ MEMORI_ROLE: 'api', MEMORI_MAX_CONCURRENT_REQUESTS: '2' });
    const asked = slow.questions.ask(ADMIN, { question: 'Whose answer?' }, { waitMs: 20_000 });
    await world.claude.received(1);
    world.claude.next(TWO);
    const [{ id = '' } = {}] = await world.sql<{ id: string }>(
      "SELECT id FROM memori.questions WHERE question = 'Whose answer?'",
    );
    // The lease of its slot goes as its process would: with it.
    await world.sql('DELETE FROM memori.leases').catch(() => undefined);
    await world.sql("UPDATE memori.questions SET claim_expires_at = now() - interval '1 s' WHERE id = $1", [id]);

    const other = await world.start({ MEMORI_ROLE: 'worker', MEMORI_MAX_CONCURRENT_REQUESTS: '2' });
    await other.app.get(QuestionSweeper).sweep();
    const { rows } = await other.questions.get(ADMIN, id, 20_000);
    gate.open();

    expect(rows).toEqual(['[2]']);
    expect((await asked).rows).toEqual(['[2]']);
    expect(await world.sql('SELECT 1 FROM memori.turns WHERE question_id = $1', [id])).toHaveLength(2);
  });

  it('stops its run when renewing finds that it is gone', async () => {
    world.claude.next(replies.hang());
    const asked = world.ask('Gone?', {}, { waitMs: 0 });
    await world.claude.received(1);
    const { answer } = await asked;

    await world.sql("UPDATE memori.questions SET fence = fence + 1000, status = 'failed' WHERE id = $1", [answer.id]);
    await world.get(ClaimKeeper).renew();
    await world.claude.idle();

    expect(world.claude.requests.at(-1)?.state).toBe('aborted');
  });

  it('lost three times ends the question instead of taking one process after the other down', async () => {
    const id = await insertRunning({ lostClaims: 2 });

    await world.get(QuestionSweeper).sweep();

    expect((await ended(id)).answer).toMatchObject({ status: 'failed', error: { code: 'internal' } });
  });

  it('is given back when the process shuts down, and another goes on', async () => {
    const leaving = await world.start({ MEMORI_ROLE: 'api', MEMORI_SHUTDOWN_GRACE_SECONDS: '0' });
    world.claude.next(replies.hang());
    const asked = leaving.questions.ask(ADMIN, { question: 'Moving house?' }, { waitMs: 20_000 });
    await world.claude.received(1);
    world.claude.next(TWO);

    await leaving.close();
    const { answer } = await asked;

    expect(hasEnded(answer.status)).toBe(false);
    expect((await ended(answer.id)).rows).toEqual(['[2]']);
  });
});

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

describe('an idempotency key', () => {
  it('gives the same question again, and asks the model once', async () => {
    world.claude.next(ONE);

    const first = await world.ask('Once?', {}, { idempotencyKey: 'once' });
    const second = await world.ask('Once?', {}, { idempotencyKey: 'once' });

    expect(second).toEqual({ ...first, replayed: true });
    expect(world.claude.requests).toHaveLength(1);
  });

  it('lets a second caller wait with the first', async () => {
    const gate = world.claude.holdNext(ONE);
    const callers = [1, 2, 3].map(() => world.ask('Together?', {}, { idempotencyKey: 'together' }));
    await world.claude.received(1);
    gate.open();

    const outcomes = await Promise.all(callers);

    expect(new Set(outcomes.map(({ answer }) => answer.id)).size).toBe(1);
    expect(outcomes.map(({ rows }) => rows)).toEqual([['[1]'], ['[1]'], ['[1]']]);
    expect(outcomes.filter(({ replayed }) => replayed)).toHaveLength(2);
  });

  it('refuses another body', async () => {
    world.claude.next(ONE);
    await world.ask('This?', {}, { idempotencyKey: 'reused' });

    await expect(world.ask('That?', {}, { idempotencyKey: 'reused' })).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
  });

  it('is each user’s own, and may be any text', async () => {
    world.claude.next(ONE, TWO);
    const key = '钥匙 🔑';

    const mine = await world.ask('Mine?', {}, { idempotencyKey: key });
    const bobs = await world.main.questions.ask(BOB, { question: 'Mine?' }, { waitMs: 20_000, idempotencyKey: key });

    expect(bobs.replayed).toBe(false);
    expect(bobs.answer.id).not.toBe(mine.answer.id);
  });

  it('can be used again after a day', async () => {
    world.claude.next(ONE, TWO);
    await world.ask('Yesterday?', {}, { idempotencyKey: 'daily' });
    await world.sql("UPDATE memori.idempotency_keys SET expires_at = now() - interval '1 s' WHERE key = 'daily'");

    const { rows, replayed } = await world.ask('Today?', {}, { idempotencyKey: 'daily' });

    expect({ rows, replayed }).toEqual({ rows: ['[2]'], replayed: false });
  });

  it('keeps nothing of what was refused before there was a question', async () => {
    await expect(world.ask('x', { dataSourceId: 'nowhere' }, { idempotencyKey: 'refused' })).rejects.toMatchObject({
      code: 'not-found',
    });
    world.claude.next(ONE);

    expect((await world.ask('x', {}, { idempotencyKey: 'refused' })).answer.status).toBe('answered');
  });
});

describe('without a model', () => {
  let bare: QuestionProcess;
  beforeAll(async () => {
    bare = await world.start({ MEMORI_ANTHROPIC_API_KEY: '' });
  });

  it('fails at once and says what to set', async () => {
    const ask = () =>
      bare.questions.ask(ADMIN, { question: 'Anybody there?' }, { waitMs: 20_000, idempotencyKey: 'no-model' });

    const [first, second] = [await ask(), await ask()];

    expect(first.answer.error).toMatchObject({ status: 503, code: 'model-not-configured' });
    expect(first.answer.error?.detail).toContain('MEMORI_ANTHROPIC_API_KEY');
    expect(second.replayed).toBe(false);
  });
});

async function untilShared(id: string): Promise<void> {
  for (;;) {
    const [row] = await world.sql<{ shared: boolean }>('SELECT shared FROM memori.questions WHERE id = $1', [id]);
    if (row?.shared) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A question whose process died a moment ago. */
async function insertRunning({ lostClaims }: { lostClaims: number }): Promise<string> {
  const id = newId();
  await world.sql(
    `INSERT INTO memori.questions (id, tenant_id, user_id, roles, session_id, data_source_id, question, input, status, fence, claim_expires_at, lost_claims)
     SELECT $1, 'default', 'admin', '{administrator}', s.id, $2, 'Poison?', '{}', 'running', 1, now() - interval '1 s', $3
     FROM memori.sessions s WHERE s.user_id = 'admin' LIMIT 1`,
    [id, world.dataSource.id, lostClaims],
  );
  return id;
}
