import type { Principal } from '@memori/scope';
import {
  ADMIN,
  type QuestionProcess,
  questionWorld,
  type QuestionWorld,
} from '../../../../test/support/question-world';

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
