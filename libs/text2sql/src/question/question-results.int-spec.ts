import { replies } from '@memori/testing';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';
import { answerJson } from './answer';
import type { QuestionEvent } from './question-events';

let world: QuestionWorld;

beforeAll(async () => {
  world = await questionWorld();
}, 30_000);
afterAll(() => world?.close());
beforeEach(() => world.claude.reset());

const ORDERS = 'SELECT id, amount FROM orders ORDER BY id';

async function collect(events: AsyncIterable<QuestionEvent>): Promise<QuestionEvent[]> {
  const all: QuestionEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

async function follow(id: string, afterId = 0): Promise<QuestionEvent[]> {
  return collect(await world.main.questions.events(ADMIN, id, afterId));
}

async function text(id: string, format: 'json' | 'csv' | 'ndjson'): Promise<string> {
  return [...(await world.main.questions.rows(ADMIN, id, format)).chunks].join('');
}

describe('the reply as it comes in', () => {
  const EXPLANATION = 'Counts 客户, all of them: “everybody”, one by one.';
  const counted = (sql: string) => replies.sql(sql, { explanation: EXPLANATION });
  const textOf = (events: readonly QuestionEvent[]) =>
    events.filter(({ type }) => type === 'delta').map(({ data }) => JSON.parse(data) as Record<string, unknown>);

  it('is told in parts, before the SQL, to who follows; and told again to who comes later', async () => {
    world.claude.next(counted('SELECT count(*) AS n FROM customers'));

    const { answer } = await world.ask('How many?', {}, { streams: true });
    const events = await follow(answer.id);

    const deltas = textOf(events);
    expect(deltas.map(({ text }) => text).join('')).toBe(EXPLANATION);
    expect(new Set(deltas.map(({ path }) => path))).toEqual(new Set(['/explanation']));
    expect(deltas.length).toBeLessThan(6);
    const types = events.map(({ type }) => type);
    expect(types.lastIndexOf('delta')).toBeLessThan(types.indexOf('sql'));
    expect(types.at(-1)).toBe('done');
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(await follow(answer.id, 2)).toEqual(events.slice(2));
  });

  it('says where another reply begins', async () => {
    world.claude.next(counted('SELECT naem FROM customers'), counted('SELECT name FROM customers'));

    const { answer } = await world.ask('Who?', {}, { streams: true });

    const deltas = textOf(await follow(answer.id));
    const second = deltas.findIndex(({ reset }) => reset === true);
    expect(second).toBeGreaterThan(0);
    const texts = [deltas.slice(0, second), deltas.slice(second)].map((part) => part.map(({ text }) => text).join(''));
    expect(texts).toEqual([EXPLANATION, EXPLANATION]);
    expect(JSON.stringify(deltas)).not.toContain('naem');
  });

  it('is not written down when nobody follows', async () => {
    world.claude.next(counted('SELECT count(*) AS n FROM customers'));

    const { answer } = await world.ask('How many?');

    expect(textOf(await follow(answer.id))).toEqual([]);
  });
});

describe('events', () => {
  it('tell of the states, the SQL once, the rows in parts and the end', async () => {
    world.claude.next(ORDERS);
    const { answer } = await world.ask('All orders?');

    const events = await follow(answer.id);

    expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect(events.map(({ type }) => type)).toEqual(['status', 'sql', 'rows', 'rows', 'done']);
    const data = events.map((event) => JSON.parse(event.data) as Record<string, unknown>);
    expect(data[0]).toEqual({ status: 'running' });
    expect(data[1]).toEqual({ sql: ORDERS });
    expect([data[2]?.offset, data[3]?.offset]).toEqual([0, 200]);
    expect([(data[2]?.rows as []).length, (data[3]?.rows as []).length]).toEqual([200, 100]);
    expect(data[2]?.columns).toEqual(answer.columns);
    expect(data[4]).toEqual(JSON.parse(JSON.stringify(answer)));
  });

  it('can be followed from any of them on, and not past the last', async () => {
    world.claude.next(ORDERS);
    const { answer } = await world.ask('Orders once more?');

    expect((await follow(answer.id, 3)).map(({ type }) => type)).toEqual(['rows', 'done']);
    expect(await follow(answer.id, 5)).toEqual([]);
  });

  it('come while they happen, to whoever follows, also from another process', async () => {
    const other = await world.start();
    const gate = world.claude.holdNext(ORDERS);
    const asked = world.ask('Orders, slowly?', {}, { waitMs: 0 });
    const { answer } = await asked;
    await world.claude.received(1);

    const here = world.main.questions.events(ADMIN, answer.id).then(collect);
    const there = other.questions.events(ADMIN, answer.id).then(collect);
    gate.open();

    const [mine, theirs] = await Promise.all([here, there]);
    expect(mine.map(({ type }) => type)).toEqual(['status', 'sql', 'rows', 'rows', 'done']);
    expect(theirs).toEqual(mine);
  });

  it('of a result without rows tell its columns', async () => {
    world.claude.next('SELECT id FROM orders WHERE false');
    const { answer } = await world.ask('No orders?');

    const rows = (await follow(answer.id)).find(({ type }) => type === 'rows');

    const columns = [{ name: 'id', type: 'integer', label: 'ID' }];
    expect(JSON.parse(rows?.data ?? '')).toEqual({ columns, rows: [], offset: 0 });
  });

  it('end with the problem when the question failed', async () => {
    world.claude.next(replies.prose(), replies.prose());
    const { answer } = await world.ask('Prose?');

    const last = (await follow(answer.id)).at(-1);

    expect(last?.type).toBe('error');
    expect(JSON.parse(last?.data ?? '')).toMatchObject({
      code: 'model-reply-invalid',
      status: 502,
      questionId: answer.id,
    });
  });

  it('end with the problem when the question was cancelled', async () => {
    world.claude.next(replies.hang());
    const { answer } = await world.ask('Cancelled?', {}, { waitMs: 0 });
    await world.claude.received(1);
    const following = world.main.questions.events(ADMIN, answer.id).then(collect);

    await world.main.questions.cancel(ADMIN, answer.id);

    expect((await following).at(-1)).toMatchObject({ type: 'error' });
    await world.claude.idle();
  });
});

describe('rows', () => {
  it('pass through as PostgreSQL’s text, in every format', async () => {
    world.claude.next(
      `SELECT 9007199254740993 AS big, 'a "quoted", text' AS t, NULL AS nothing, '{"n": 1.10}'::jsonb AS j, ARRAY[1,2] AS list, '' AS empty, 1 AS big`,
    );
    const { answer, rows } = await world.ask('Everything?');

    expect(answerJson({ answer, rows })).toContain(`"rows":[${rows?.join(',')}]}`);
    expect(await text(answer.id, 'json')).toContain(
      '"rows":[["9007199254740993","a \\"quoted\\", text",null,{"n":1.10},[1,2],"",1]]',
    );
    expect(await text(answer.id, 'ndjson')).toBe(`${rows?.[0]}\n`);
    expect(await text(answer.id, 'csv')).toBe(
      'big,t,nothing,j,list,empty,big\r\n9007199254740993,"a ""quoted"", text",,"{""n"":1.10}","[1,2]","",1\r\n',
    );
  });

  it('are kept encrypted, for their time', async () => {
    world.claude.next("SELECT 'the secret value' AS v FROM customers LIMIT 1");
    const { answer } = await world.ask('Secret?');

    const [kept] = await world.sql<{ text: string }>(
      "SELECT encode(rows_sealed, 'escape') AS text FROM memori.questions WHERE id = $1",
      [answer.id],
    );
    expect(kept?.text.length).toBeGreaterThan(20);
    expect(kept?.text).not.toContain('secret');
    await world.sql("UPDATE memori.questions SET rows_kept_until = now() - interval '1 s' WHERE id = $1", [answer.id]);

    const later = await world.main.questions.get(ADMIN, answer.id);
    expect(later.rows).toBeUndefined();
    expect(later.answer.rowsExpired).toBe(true);
  });

  it('that are no longer kept come from running the SQL again', async () => {
    world.claude.next('SELECT count(*) AS n FROM customers');
    const { answer } = await world.ask('Count?');
    await world.sql("UPDATE memori.questions SET rows_kept_until = now() - interval '1 s' WHERE id = $1", [answer.id]);

    expect(await text(answer.id, 'ndjson')).toBe('["30"]\n');
  });

  it('are all given to the asker, and the first thousand kept', async () => {
    world.claude.next('SELECT a.id FROM orders a, orders b ORDER BY 1 LIMIT 5000');
    const { answer, rows } = await world.ask('Many?', { maxRows: 2500 });

    const later = await world.main.questions.get(ADMIN, answer.id);

    expect(rows).toHaveLength(2500);
    expect(later.rows).toHaveLength(1000);
    expect(later.answer).toMatchObject({ rowCount: 2500, truncated: true });
    expect((await text(answer.id, 'ndjson')).trim().split('\n')).toHaveLength(2500);
  });

  it('are not there when the question was not answered', async () => {
    world.claude.next(replies.refusal('No.'));
    const { answer } = await world.ask('Refused?');

    await expect(text(answer.id, 'json')).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(text(answer.id, 'xml' as 'json')).rejects.toMatchObject({ code: 'invalid-request' });
  });
});

describe('feedback', () => {
  it('runs corrected SQL through the guard and returns its rows', async () => {
    world.claude.next('SELECT count(*) AS n FROM orders');
    const { answer } = await world.ask('Customers, I said?');

    const result = await world.main.questions.feedback(ADMIN, answer.id, {
      verdict: 'incorrect',
      rating: 2,
      correctedSql: 'SELECT count(*) AS n FROM customers',
      note: 'orders are not customers',
    });

    expect(result).toMatchObject({ questionId: answer.id, verdict: 'incorrect', corrected: { rows: ['["30"]'] } });
    const [kept] = await world.sql(
      'SELECT verdict, rating, corrected_sql, note FROM memori.question_feedback WHERE id = $1',
      [result.id],
    );
    expect(kept).toEqual({
      verdict: 'incorrect',
      rating: 2,
      corrected_sql: 'SELECT count(*) AS n FROM customers',
      note: 'orders are not customers',
    });
  });

  it('keeps nothing when the corrected SQL is refused', async () => {
    world.claude.next('SELECT 1 AS one FROM orders LIMIT 1');
    const { answer } = await world.ask('One?');

    const give = world.main.questions.feedback(ADMIN, answer.id, {
      verdict: 'incorrect',
      correctedSql: 'DELETE FROM orders',
    });

    await expect(give).rejects.toMatchObject({ code: 'sql-not-allowed' });
    expect(await world.sql('SELECT 1 FROM memori.question_feedback WHERE question_id = $1', [answer.id])).toEqual([]);
  });

  it('is refused when it is none', async () => {
    world.claude.next('SELECT 1 AS one FROM orders LIMIT 1');
    const { answer } = await world.ask('One more?');

    const give = world.main.questions.feedback(ADMIN, answer.id, { verdict: 'perhaps' as 'correct', rating: 9 });

    await expect(give).rejects.toMatchObject({ facts: { errors: [{ pointer: '/verdict' }, { pointer: '/rating' }] } });
  });
});
