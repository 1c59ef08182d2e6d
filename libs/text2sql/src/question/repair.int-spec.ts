import { withClient } from '@memori/database';
import { replies, type Scripted } from '@memori/testing';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';
import { DataSources } from '../data-source/data-sources';

let world: QuestionWorld;

beforeAll(async () => {
  world = await questionWorld();
}, 30_000);
afterAll(() => world?.close());
beforeEach(() => world.claude.reset());

const COUNT = 'SELECT count(*) AS customers FROM customers';

/** Counts 300^6 pairs. */
const HOPELESS = 'SELECT count(*) AS n FROM orders a, orders b, orders c, orders d, orders e, orders f';

function lastComplaint(): string {
  const body = world.claude.lastRequest.body as { messages: { content: { text: string }[] }[] };
  return body.messages.at(-1)?.content[0]?.text ?? '';
}

const inSource = (sql: string) => withClient(world.source.admin, (client) => client.query(sql));

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

  it('tells the labels of an enum that may have been meant', async () => {
    await inSource("CREATE TYPE mood AS ENUM ('Very Happy', 'sad'); ALTER TABLE customers ADD COLUMN mood mood");
    await world.get(DataSources).sync(ADMIN, world.dataSource.id);
    world.claude.next("SELECT count(*) FROM customers WHERE mood = 'very happy'", COUNT);

    await world.ask('How many are glad?');

    expect(lastComplaint()).toContain('22P02');
    expect(lastComplaint()).toContain('Candidates: "Very Happy".');
  });

  it('tells which table has a column that the FROM clause lacks', async () => {
    world.claude.next('SELECT sum(amount) FROM customers', 'SELECT sum(amount) AS total FROM orders');

    await world.ask('What did they order?');

    expect(lastComplaint()).toContain('Candidates: orders.amount.');
  });

  it('names what is spelt like a column that was renamed since the catalogue was read, and nothing that it may not read', async () => {
    await inSource('ALTER TABLE customers RENAME COLUMN city TO town');
    world.claude.next('SELECT city FROM customers', COUNT);

    const { answer } = await world.ask('Where are they?');
    await inSource('ALTER TABLE customers RENAME COLUMN town TO city');

    expect(answer.status).toBe('answered');
    expect(lastComplaint()).toContain('42703');
    expect(lastComplaint()).not.toContain('town');
  });

  it('does not run SQL that its plan tells to be hopeless, while there is a round for a better one', async () => {
    world.claude.next(HOPELESS, COUNT);

    const { answer } = await world.ask('Count all there is');

    expect(answer).toMatchObject({ status: 'answered', sql: COUNT, confidence: 'low' });
    expect(lastComplaint()).toMatch(/was not run: by PostgreSQL's plan/);
    const ran = await world.sql<{ details: { outcome: string } }>(
      `SELECT details FROM memori.audit_log WHERE action = 'sql.run' AND subject_id = $1`,
      [answer.id],
    );
    expect(ran.map(({ details }) => details.outcome)).toEqual(['ok']);
  });

  it('runs the first rows of a large result, which are cheap', async () => {
    world.claude.next('SELECT a.id FROM orders a, orders b, orders c, orders d, orders e, orders f');

    const { answer } = await world.ask('Every combination of orders', { maxRows: 5 });

    expect(answer).toMatchObject({ status: 'answered', rowCount: 5, truncated: true });
  });

  it('has PostgreSQL check the SQL that is not to run', async () => {
    world.claude.next('SELECT name + vip AS n FROM customers', COUNT);

    const { answer, rows } = await world.ask('How many?', { execute: false });

    expect(answer).toMatchObject({ status: 'answered', sql: COUNT });
    expect(rows).toBeUndefined();
    expect(lastComplaint()).toContain('42883');
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
