import { randomBytes } from 'node:crypto';
import { Memories } from '@memori/memory';
import { newId, userScopeOf } from '@memori/scope';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';
import { CachedAnswerStore, type NewAnswer } from './cached-answer.store';

let world: QuestionWorld;
let store: CachedAnswerStore;
const SCOPE = userScopeOf(ADMIN);
const BOB = { ...SCOPE, userId: 'bob' };

beforeAll(async () => {
  world = await questionWorld();
  store = world.get(CachedAnswerStore);
}, 30_000);
afterAll(() => world?.close());
beforeEach(async () => {
  world.claude.reset();
  await world.sql('DELETE FROM memori.cached_answers');
});

const ANSWER = {
  sql: 'SELECT count(*) FROM customers',
  explanation: 'A secret.',
  assumptions: [],
  confidence: 'medium',
} as const;

/** A question that the model answered, and what is to be stored of it. */
async function answered(change: Partial<NewAnswer> = {}): Promise<NewAnswer> {
  world.claude.next(ANSWER.sql);
  const { answer } = await world.ask(`How many customers, for ${newId()}?`);
  const paid = { tokens: 1234, nanoUsd: 5_678n, model: 'claude-sonnet-5-5' };
  const about = { questionId: answer.id, sessionId: answer.sessionId, key: randomBytes(32), usedIds: [] };
  return { ...about, binding: 'tenant', answer: ANSWER, paid, lifeMs: 60_000, ...change };
}

async function kept(change: Partial<NewAnswer> = {}): Promise<NewAnswer> {
  const stored = await answered(change);
  expect(await store.keep(SCOPE, stored)).toBe(true);
  return stored;
}

const verdict = (id: string, word: 'correct' | 'incorrect') =>
  world.main.questions.feedback(ADMIN, id, { verdict: word });

describe('stored answers', () => {
  it('come back as they were, from the first key that has one, and lie encrypted', async () => {
    const [first, second] = [await kept(), await kept({ answer: { ...ANSWER, sql: 'SELECT 2' } })];

    const found = await store.find(SCOPE, [randomBytes(32), second.key, first.key]);

    expect(found).toMatchObject({ answer: second.answer, paid: first.paid });
    const [row] = await world.sql<{ sealed: Buffer }>('SELECT sealed FROM memori.cached_answers LIMIT 1');
    expect(row?.sealed.toString('latin1')).not.toMatch(/SELECT|secret/);
  });

  it('are replaced by a newer one of the same key', async () => {
    const first = await kept();
    await store.keep(SCOPE, await answered({ key: first.key, answer: { ...ANSWER, sql: 'SELECT 2' } }));

    expect((await store.find(SCOPE, [first.key]))?.answer.sql).toBe('SELECT 2');
    expect(await world.sql('SELECT FROM memori.cached_answers')).toHaveLength(1);
  });

  it('are nobody else’s, whoever knows the key', async () => {
    const { key } = await kept({ binding: 'user' });
    const shared = await kept();

    expect(await store.find(BOB, [key])).toBeUndefined();
    expect(await store.find({ tenantId: 'other', userId: ADMIN.userId }, [key, shared.key])).toBeUndefined();
    expect(await store.find(BOB, [shared.key])).toBeDefined();
    // The second wall: not even without a WHERE clause.
    const { database } = world.db;
    expect(await database.query(BOB, 'SELECT FROM memori.cached_answers')).toHaveLength(1);
    expect(await database.query({ tenantId: 'other' }, 'SELECT FROM memori.cached_answers')).toEqual([]);
    const write = database.query(BOB, 'DELETE FROM memori.cached_answers RETURNING id');
    expect(await write).toEqual([]);
  });

  it('are over when their time is', async () => {
    const { key } = await kept({ lifeMs: 1 });
    await world.sql('SELECT pg_sleep(0.01)');

    expect(await store.find(SCOPE, [key])).toBeUndefined();
    expect(await store.sweep(100)).toEqual({ expired: 1, overflow: 0 });
    expect(await world.sql('SELECT FROM memori.cached_answers')).toEqual([]);
  });

  it('make room when there are too many: those that nobody used for the longest time', async () => {
    const [oldest, used, newest] = [await kept(), await kept(), await kept()];
    await world.sql(`UPDATE memori.cached_answers SET last_used_at = last_used_at - interval '1 hour'`);
    await store.find(SCOPE, [used.key], used.questionId);
    await world.sql(
      `UPDATE memori.cached_answers SET last_used_at = last_used_at + interval '1 minute' WHERE key = $1`,
      [newest.key],
    );

    expect(await store.sweep(2)).toEqual({ expired: 0, overflow: 1 });

    expect(await store.find(SCOPE, [oldest.key])).toBeUndefined();
    expect(await store.find(SCOPE, [used.key])).toBeDefined();
    expect(await store.find(SCOPE, [newest.key])).toBeDefined();
  });

  it('are not written again for every hit', async () => {
    const { key, questionId } = await kept();
    const version = async () => (await world.sql('SELECT xmin::text FROM memori.cached_answers'))[0];
    const before = await version();

    await store.find(SCOPE, [key], questionId);
    await store.find(SCOPE, [key]);

    expect(await version()).toEqual(before);
  });

  it('that another encryption key sealed are as good as none', async () => {
    const { key } = await kept();
    await world.sql(`UPDATE memori.cached_answers SET sealed = set_byte(sealed, 2, (get_byte(sealed, 2) + 1) % 256)`);

    expect(await store.find(SCOPE, [key])).toBeUndefined();
  });
});

describe('what was called wrong', () => {
  it('is gone at once, and is not stored again; other SQL is', async () => {
    const stored = await kept();

    await verdict(stored.questionId, 'incorrect');

    expect(await store.find(SCOPE, [stored.key])).toBeUndefined();
    const again = await answered({ key: stored.key });
    expect(await store.keep(SCOPE, again)).toBe(false);
    world.claude.next('SELECT sum(amount) FROM orders');
    const { answer } = await world.ask('Other SQL?');
    const better = { ...again, questionId: answer.id, answer: { ...ANSWER, sql: String(answer.sql) } };
    expect(await store.keep(SCOPE, better)).toBe(true);
  });

  it('may be stored once the same person takes it back', async () => {
    const stored = await kept();
    await verdict(stored.questionId, 'incorrect');
    await verdict(stored.questionId, 'correct');

    expect(await store.keep(SCOPE, await answered({ key: stored.key }))).toBe(true);
  });

  it('by a verdict that comes between the answer and its storing is not stored', async () => {
    const stored = await answered();
    await verdict(stored.questionId, 'incorrect');

    expect(await store.keep(SCOPE, stored)).toBe(false);
  });

  it('is not stored by whoever stores at the same moment', async () => {
    const stored = await kept();
    const twins = await Promise.all(Array.from({ length: 4 }, () => answered({ key: stored.key })));

    await Promise.all([verdict(stored.questionId, 'incorrect'), ...twins.map((twin) => store.keep(SCOPE, twin))]);

    expect(await store.find(SCOPE, [stored.key])).toBeUndefined();
  });
});

describe('what is erased', () => {
  const namespace = () => `schema:${world.dataSource.id}`;
  const count = async () => (await world.sql('SELECT FROM memori.cached_answers')).length;

  it('takes along what it was used for: a memory that is changed or deleted', async () => {
    const memories = world.get(Memories);
    const content = 'Customers of Paris matter.';
    const memory = await memories.add(ADMIN, { content, category: 'fact', namespace: namespace() });
    await kept({ usedIds: [memory.id] });
    await kept();

    await memories.update(ADMIN, memory.id, { content: 'Customers of Rome matter.' });
    expect(await count()).toBe(1);
    await kept({ usedIds: [memory.id] });
    await memories.delete(ADMIN, memory.id);
    expect(await count()).toBe(1);
  });

  it('takes along what it was used for: a session, whose turns another answer saw', async () => {
    const first = await kept({ binding: 'session' });
    const [turn] = await world.sql<{ id: string }>('SELECT id FROM memori.turns WHERE question_id = $1', [
      first.questionId,
    ]);
    await kept({ binding: 'user', usedIds: [String(turn?.id)] });
    await kept();

    await world.get(Memories).forget(ADMIN, { scope: 'session', id: first.sessionId });

    expect(await count()).toBe(1);
  });

  it('is not stored after it is gone', async () => {
    const stored = await answered();
    await world.get(Memories).forget(ADMIN, { scope: 'session', id: stored.sessionId });

    expect(await store.keep(SCOPE, stored)).toBe(false);
    expect(await store.keep(SCOPE, await answered({ usedIds: [newId()] }))).toBe(false);
  });

  it('takes all along that was about a data source', async () => {
    await kept();
    await world.sql('DELETE FROM memori.data_sources');

    expect(await count()).toBe(0);
  });
});
