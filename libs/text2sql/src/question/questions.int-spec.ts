import { replies } from '@memori/testing';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';

let world: QuestionWorld;

beforeAll(async () => {
  world = await questionWorld();
}, 30_000);
afterAll(() => world?.close());
beforeEach(() => world.claude.reset());

const COUNT = 'SELECT count(*) AS customers FROM customers';

/** Everything that the last request told the model, but for the question. */
function promptText(): string {
  const { body } = world.claude.lastRequest;
  return JSON.stringify(body);
}

function lastBlocks(): unknown[] {
  return world.claude.requests.map(({ body }) => {
    const messages = (body as { messages: { content: { text: string }[] }[] }).messages;
    return messages.at(-1)?.content.at(-1)?.text;
  });
}

describe('a question', () => {
  it('is answered with SQL, rows, an explanation, usage and budget', async () => {
    world.claude.next(
      replies.sql(COUNT, { explanation: 'All customers.', assumptions: ['Every row is one customer'] }),
    );

    const { answer, rows } = await world.ask('How many customers do we have?');

    expect(answer).toMatchObject({
      status: 'answered',
      source: 'model',
      question: 'How many customers do we have?',
      sql: COUNT,
      columns: [{ name: 'customers', type: 'bigint' }],
      rowCount: 1,
      truncated: false,
      explanation: 'All customers.',
      assumptions: ['Every row is one customer'],
      dataSourceId: world.dataSource.id,
      memories: [],
    });
    expect(rows).toEqual(['["30"]']);
    expect(answer.usage).toMatchObject({ model: 'claude-sonnet-5-5', attempts: 1 });
    expect(answer.usage.costUsd).toBeGreaterThan(0);
    expect(answer.budget).toContainEqual(
      expect.objectContaining({ scope: 'user', window: 'day', limit: 1_000_000, held: 0 }),
    );
    expect(answer.timings.totalMs).toBeGreaterThanOrEqual(Math.floor(answer.timings.modelMs) - 1);
    expect(world.claude.rejected).toEqual([]);
  });

  it('is read again as it was answered, rows included', async () => {
    world.claude.next(COUNT);
    const asked = await world.ask('How many customers are there, all told?');

    const read = await world.main.questions.get(ADMIN, asked.answer.id);

    expect(read).toEqual({ ...asked, replayed: false });
  });

  it('is written but not run with execute: false', async () => {
    world.claude.next(COUNT);

    const { answer, rows } = await world.ask('Only the SQL, please', { execute: false });

    expect(answer).toMatchObject({ status: 'answered', sql: COUNT });
    expect(answer.columns).toBeUndefined();
    expect(rows).toBeUndefined();
    expect(await auditOf(answer.id)).toEqual(['question.ask']);
  });

  it('says when there are more rows than were asked for', async () => {
    world.claude.next('SELECT id FROM orders ORDER BY id');

    const { answer, rows } = await world.ask('List the orders', { maxRows: 3 });

    expect(rows).toEqual(['[1]', '[2]', '[3]']);
    expect(answer).toMatchObject({ rowCount: 3, truncated: true });
  });

  it('can end in a clarification, which an option answers in the same session', async () => {
    world.claude.next(
      replies.clarification('Best by what?', ['Customers by revenue', 'Customers by number of orders']),
    );
    const first = await world.ask('Who are the best customers?');
    expect(first.answer).toMatchObject({
      status: 'clarification',
      clarification: { question: 'Best by what?', options: ['Customers by revenue', 'Customers by number of orders'] },
    });

    world.claude.next(COUNT);
    const second = await world.main.questions.ask(ADMIN, { replyTo: first.answer.id, option: 1 }, { waitMs: 20_000 });

    expect(second.answer).toMatchObject({
      status: 'answered',
      question: 'Customers by number of orders',
      sessionId: first.answer.sessionId,
    });
    expect(lastBlocks().at(-1)).toBe('Customers by number of orders');
    expect(promptText()).toContain('Best by what?');
    expect(promptText()).toContain('Who are the best customers?');
  });

  it('can be refused by the model, with its reason', async () => {
    world.claude.next(replies.refusal('There is no weather in this database.'));

    const { answer } = await world.ask('What is the weather?');

    expect(answer).toMatchObject({
      status: 'refused',
      refusal: { code: 'not-answerable', reason: 'There is no weather in this database.' },
    });
    expect(answer.error).toBeUndefined();
  });

  it('reaches the model as its last block, byte for byte, in repair rounds too', async () => {
    const question = '  “Naïve”\r\n\tquestion — 有多少客户？ \u{1F600}  ';
    world.claude.next('SELECT nonsense FROM customers', COUNT);

    const { answer } = await world.ask(question);

    expect(answer.status).toBe('answered');
    expect(lastBlocks()).toEqual([question, question]);
  });

  it('is told to the model with the asker’s day, zone and language', async () => {
    world.claude.next(COUNT);

    await world.ask('有多少客户？', { timeZone: 'Asia/Shanghai' });

    const { format } = { format: new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }) };
    expect(promptText()).toContain(`${format.format(new Date())}`);
    expect(promptText()).toContain('in Asia/Shanghai');
    expect(promptText()).toContain('(Chinese)');
  });

  it('runs in the asker’s time zone', async () => {
    world.claude.next("SELECT timestamptz '2024-02-29 12:00:00+00' AS noon");

    const { rows } = await world.ask('When is noon?', { timeZone: 'America/New_York' });

    expect(rows).toEqual(['["2024-02-29T07:00:00-05:00"]']);
  });

  it('leaves turns in its session, whose SQL reaches the next prompt', async () => {
    world.claude.next(
      replies.sql("SELECT sum(amount) AS revenue FROM orders WHERE ordered_on < '2024-03-01'", {
        explanation: 'Revenue before March.',
      }),
    );
    const first = await world.ask('What was the revenue before March?');

    world.claude.next(COUNT);
    const second = await world.ask('And in April?', { sessionId: first.answer.sessionId });

    expect(second.answer.sessionId).toBe(first.answer.sessionId);
    expect(promptText()).toContain('What was the revenue before March?');
    expect(promptText()).toContain('SELECT sum(amount) AS revenue FROM orders');
  });

  it('can be found among those of its session, the newest first', async () => {
    world.claude.next(COUNT, COUNT);
    const first = await world.ask('First?', { sessionId: 'ext:listing' });
    const second = await world.ask('Second?', { sessionId: 'ext:listing' });

    const { items } = await world.main.questions.list(ADMIN, { sessionId: 'ext:listing' }, { limit: 50 });

    expect(items.map(({ id }) => id)).toEqual([second.answer.id, first.answer.id]);
  });

  it('tells what went into its prompt', async () => {
    world.claude.next(COUNT);
    const { answer } = await world.ask('What do you know?');

    const context = (await world.main.questions.context(ADMIN, answer.id)) as {
      parts: { part: string; items?: string[] }[];
    };

    expect(context.parts.find(({ part }) => part === 'schema')?.items).toEqual(['customers', 'orders']);
  });

  it('leaves a row in the audit log for itself and for each SQL that ran, without their text', async () => {
    world.claude.next('SELECT 1 / 0 AS x FROM customers', COUNT);
    const { answer } = await world.ask('A secret question 4711');

    expect(await auditOf(answer.id)).toEqual(['question.ask', 'sql.run', 'sql.run']);
    const details = await world.sql<{ details: string }>(
      'SELECT details::text FROM memori.audit_log WHERE subject_id = $1',
      [answer.id],
    );
    expect(JSON.stringify(details)).not.toMatch(/4711|count\(\*\)/);
  });
});

async function auditOf(questionId: string): Promise<string[]> {
  const rows = await world.sql<{ action: string }>(
    'SELECT action FROM memori.audit_log WHERE subject_id = $1 ORDER BY id',
    [questionId],
  );
  return rows.map(({ action }) => action);
}
