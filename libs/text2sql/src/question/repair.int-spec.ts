import { replies, type Scripted } from '@memori/testing';
import { questionWorld, type QuestionWorld } from '../../../../test/support/question-world';

let world: QuestionWorld;

beforeAll(async () => {
  world = await questionWorld();
}, 30_000);
afterAll(() => world?.close());
beforeEach(() => world.claude.reset());

const COUNT = 'SELECT count(*) AS customers FROM customers';

describe('repair', () => {
  it('tells the model what the guard found, and answers with the second SQL', async () => {
    world.claude.next('SELECT naem FROM customers', 'SELECT name FROM customers ORDER BY id LIMIT 1');

    const { answer, rows } = await world.ask('Name one customer');

    expect(answer).toMatchObject({
      status: 'answered',
      confidence: 'low',
      sql: 'SELECT name FROM customers ORDER BY id LIMIT 1',
    });
    expect(answer.usage.attempts).toBe(2);
    expect(rows).toEqual(['["Customer 1"]']);
    expect(world.claude.lastRequest.promptText).toContain('unknown-column');
    expect(world.claude.lastRequest.promptText).toMatch(/Candidates: .*name/);
  });

  it('tells the model the SQLSTATE and a message without values', async () => {
    world.claude.next("SELECT 'Alice Secret'::int AS x FROM customers", COUNT);

    const { answer } = await world.ask('Count them');

    expect(answer.status).toBe('answered');
    const [, second] = world.claude.requests;
    const complaint = (second?.body as { messages: { content: { text: string }[] }[] }).messages.at(-1)?.content[0]
      ?.text;
    expect(complaint).toContain('22P02');
    expect(complaint).not.toContain('Alice Secret');
  });

  it('ends after its rounds with what was wrong', async () => {
    world.claude.next('DROP TABLE customers', 'DELETE FROM customers');

    const { answer } = await world.ask('Delete everybody');

    expect(answer).toMatchObject({
      status: 'failed',
      error: { status: 422, code: 'sql-not-allowed', questionId: answer.id },
    });
    expect(answer.usage.attempts).toBe(2);
    expect(await world.sql('SELECT 1 FROM memori.turns WHERE question_id = $1', [answer.id])).toEqual([]);
  });

  it('does not run SQL that waits for values', async () => {
    world.claude.next('SELECT name FROM customers WHERE id = $1', COUNT);

    const { answer } = await world.ask('Who is it?');

    expect(answer.sql).toBe(COUNT);
  });
});

describe('a reply that is none', () => {
  it.each<[string, Scripted]>([
    ['prose', replies.prose()],
    ['broken JSON', replies.brokenJson()],
    ['nothing', replies.empty()],
    ['another structure', replies.wrongShape()],
    ['an end in the middle', replies.maxTokens()],
    ['an empty statement', replies.sql('  ')],
    ['no clarification', replies.answer({ outcome: 'clarification' })],
  ])('fails with 502 when it is %s, and the stronger model did no better', async (_, reply) => {
    world.claude.next(reply, reply);

    const { answer } = await world.ask('What now?');

    expect(answer).toMatchObject({ status: 'failed', error: { status: 502, code: 'model-reply-invalid' } });
    expect(answer.usage.attempts).toBe(2);
  });

  it('fails with 502 at once when the provider declines', async () => {
    world.claude.next(replies.stopRefusal());

    const { answer } = await world.ask('What now?');

    expect(answer).toMatchObject({ status: 'failed', error: { status: 502, code: 'provider-refused' } });
    expect(answer.usage.attempts).toBe(1);
  });
});
