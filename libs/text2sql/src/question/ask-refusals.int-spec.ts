import { DomainError } from '@memori/errors';
import { newId } from '@memori/scope';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';

let world: QuestionWorld;

beforeAll(async () => {
  world = await questionWorld();
}, 30_000);
afterAll(() => world?.close());
beforeEach(() => world.claude.reset());

const COUNT = 'SELECT count(*) AS customers FROM customers';

describe('what cannot be asked', () => {
  const refused = async (ask: Promise<unknown>) => {
    const error = await ask.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof DomainError)) throw new Error(`Expected a DomainError, got ${String(error)}`);
    return { code: error.code, kind: error.kind, pointers: error.facts.errors?.map(({ pointer }) => pointer) };
  };

  it.each([
    ['an empty question', { question: ' \n ' }, '/question'],
    ['a NUL', { question: 'a\0b' }, '/question'],
    ['half a surrogate pair', { question: 'a\ud800b' }, '/question'],
    ['a zone that is none', { question: 'x', timeZone: 'Mars/Olympus' }, '/timeZone'],
    ['an offset as zone', { question: 'x', timeZone: '+05:00' }, '/timeZone'],
    ['a language that is none', { question: 'x', language: 'not a tag' }, '/language'],
    ['no row', { question: 'x', maxRows: 0 }, '/maxRows'],
    ['too many rows', { question: 'x', maxRows: 10_001 }, '/maxRows'],
    ['an option of nothing', { option: 1 }, '/option'],
    ['a reply to no id', { question: 'x', replyTo: 'abc' }, '/replyTo'],
    ['an unknown model', { question: 'x', model: 'gpt-9' }, '/model'],
  ])('%s', async (_, input, pointer) => {
    const { kind, pointers } = await refused(world.main.questions.ask(ADMIN, input, { waitMs: 1000 }));

    expect(kind).toBe('invalid');
    expect(pointers).toEqual([pointer]);
  });

  it('a question of 100,000 characters', async () => {
    expect(await refused(world.ask('x'.repeat(100_000)))).toMatchObject({
      code: 'question-too-long',
      kind: 'too-large',
    });
  });

  it('anything about a data source that is not there, or in a session that is not there', async () => {
    expect(await refused(world.ask('x', { dataSourceId: newId() }))).toMatchObject({ code: 'not-found' });
    expect(await refused(world.ask('x', { sessionId: newId() }))).toMatchObject({ code: 'not-found' });
  });

  it('by a reader, or read by another user', async () => {
    world.claude.next(COUNT);
    const { answer } = await world.ask('Mine?');
    const reader = { ...ADMIN, roles: ['reader' as const] };
    const other = { ...ADMIN, userId: 'somebody-else' };

    expect(await refused(world.main.questions.ask(reader, { question: 'x' }, { waitMs: 0 }))).toMatchObject({
      code: 'forbidden',
    });
    expect(await refused(world.main.questions.get(other, answer.id))).toMatchObject({ code: 'not-found' });
    expect(await refused(world.main.questions.cancel(other, answer.id))).toMatchObject({ code: 'not-found' });
    expect(await refused(world.main.questions.events(other, answer.id))).toMatchObject({ code: 'not-found' });
    expect(await refused(world.main.questions.rows(other, answer.id, 'json'))).toMatchObject({ code: 'not-found' });
  });

  it('leaves nothing behind when it was refused', async () => {
    const count = async () =>
      (await world.sql<{ n: string }>('SELECT count(*) AS n FROM memori.questions, memori.sessions'))[0]?.n;
    const before = await count();

    await refused(world.ask('x', { sessionId: 'ext:never', namespace: 'a\0' }));

    expect(await count()).toBe(before);
  });
});
