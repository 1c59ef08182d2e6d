import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';

jest.setTimeout(30_000);

let world: QuestionWorld;

beforeAll(async () => {
  world = await questionWorld();
}, 30_000);
afterAll(() => world?.close());
beforeEach(async () => {
  await world.claude.idle();
  world.claude.reset();
});

const ONE = 'SELECT 1 AS one FROM customers LIMIT 1';
const TWO = 'SELECT 2 AS two FROM customers LIMIT 1';

const statusOf = async (question: string) =>
  (await world.sql<{ status: string }>('SELECT status FROM memori.questions WHERE question = $1', [question]))[0]
    ?.status;

describe('two questions at once in one session', () => {
  it('are answered in the order in which they came, the second with the first in its history', async () => {
    const gate = world.claude.holdNext(ONE);
    const first = world.ask('The first of two?', { sessionId: 'ext:order' });
    await world.claude.received(1);

    const second = world.ask('The second of two?', { sessionId: 'ext:order' });
    // Another session is not held up by them.
    world.claude.next(TWO);
    const elsewhere = await world.ask('Somewhere else?', { sessionId: 'ext:elsewhere' });
    const [waiting, asked] = [await statusOf('The second of two?'), world.claude.requests.length];
    world.claude.next(TWO);
    gate.open();

    expect(elsewhere.answer.status).toBe('answered');
    expect([waiting, asked]).toEqual(['queued', 2]);
    expect([(await first).rows, (await second).rows]).toEqual([['[1]'], ['[2]']]);
    expect(world.claude.lastRequest.promptText).toContain('The first of two?');
    const turns = await world.sql<{ content: string }>(
      `SELECT t.content FROM memori.turns t JOIN memori.sessions s ON s.id = t.session_id
       WHERE s.external_id = 'order' AND role = 'user' ORDER BY seq`,
    );
    expect(turns.map(({ content }) => content)).toEqual(['The first of two?', 'The second of two?']);
  });

  it('go on when the first one is cancelled', async () => {
    const gate = world.claude.holdNext(ONE);
    const first = world.ask('To be cancelled?', { sessionId: 'ext:cancel' });
    await world.claude.received(1);
    const second = world.ask('To be answered?', { sessionId: 'ext:cancel' });
    const [{ id = '' } = {}] = await world.sql<{ id: string }>(
      "SELECT id FROM memori.questions WHERE question = 'To be cancelled?'",
    );
    world.claude.next(TWO);

    await world.main.questions.cancel(ADMIN, id);

    expect((await second).rows).toEqual(['[2]']);
    gate.open();
    expect((await first).answer.status).toBe('cancelled');
  });

  it('are picked up by a worker when the first one ran in a process that takes none from the line', async () => {
    const api = await world.start({ MEMORI_ROLE: 'api' });
    const gate = world.claude.holdNext(ONE);
    const first = api.questions.ask(ADMIN, { question: 'In the api?', sessionId: 'ext:two' }, { waitMs: 20_000 });
    await world.claude.received(1);
    const second = api.questions.ask(ADMIN, { question: 'In a worker?', sessionId: 'ext:two' }, { waitMs: 20_000 });
    world.claude.next(TWO);
    gate.open();

    expect([(await first).rows, (await second).rows]).toEqual([['[1]'], ['[2]']]);
  });
});
