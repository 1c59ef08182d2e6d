import { replies, type Scripted } from '@memori/testing';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';

let world: QuestionWorld;

beforeAll(async () => {
  world = await questionWorld();
}, 60_000);
afterAll(() => world?.close());
beforeEach(() => world.claude.reset());

const [FIRST, FAST, STRONG] = ['claude-sonnet-5-5', 'claude-haiku-5-5', 'claude-opus-5-5'];
const HARD = 'What is the running total of order amounts by day?';
const TOTALS = 'SELECT ordered_on, sum(amount) OVER (ORDER BY ordered_on) AS total FROM orders ORDER BY 1';
const SAME = `SELECT o.ordered_on AS day, o.id, (SELECT sum(p.amount) FROM orders p WHERE p.ordered_on <= o.ordered_on) AS running
  FROM orders o ORDER BY o.id DESC`;
const OTHER = 'SELECT ordered_on, amount FROM orders';
const NOTHING = 'SELECT ordered_on, amount FROM orders WHERE amount < 0';

const models = () => world.claude.requests.map(({ model }) => model);
const contextOf = async (id: string) => (await world.main.questions.context(ADMIN, id)) as Record<string, unknown>;

async function inAWorld<T>(env: Record<string, string>, work: (other: QuestionWorld) => Promise<T>): Promise<T> {
  const other = await questionWorld({ env });
  try {
    return await work(other);
  } finally {
    await other.close();
  }
}

describe('an uncertain answer', () => {
  it('is surer when another candidate, written otherwise, finds the same rows', async () => {
    world.claude.next(TOTALS, SAME);

    const { answer } = await world.ask(HARD);

    expect(models()).toEqual([STRONG, FIRST]);
    expect(answer).toMatchObject({
      status: 'answered',
      sql: TOTALS,
      confidence: 'high',
      usage: { model: STRONG, attempts: 2 },
    });
    expect(await contextOf(answer.id)).toMatchObject({
      model: { id: STRONG, reason: 'hard-question' },
      secondCandidate: { because: ['hard-question'], outcome: 'agreed', model: FIRST, taken: 'first' },
    });
  });

  it.each([
    [HARD, 'Check how it was understood'],
    ['每天订单金额的累计总额是多少？', '请核对问题的理解方式'],
  ])('says in its language that the candidates disagree, and stays the first: %s', async (question, note) => {
    world.claude.next(TOTALS, OTHER);

    const { answer, rows } = await world.ask(question);

    expect(answer).toMatchObject({ sql: TOTALS, confidence: 'low', usage: { model: STRONG } });
    expect(answer.assumptions?.at(-1)).toContain(note);
    expect(rows?.at(-1)).toContain('56437.50');
    expect(await contextOf(answer.id)).toMatchObject({ secondCandidate: { outcome: 'disagreed', taken: 'first' } });
  });

  it('gives way to the candidate that found something, where it found nothing itself', async () => {
    world.claude.next(NOTHING, OTHER);

    const { answer, rows } = await world.ask(HARD);

    expect(answer).toMatchObject({
      sql: OTHER,
      confidence: 'low',
      rowCount: 300,
      usage: { model: FIRST, attempts: 2 },
    });
    expect(rows).toHaveLength(300);
    expect(await contextOf(answer.id)).toMatchObject({ secondCandidate: { outcome: 'disagreed', taken: 'second' } });
    const [kept] = await world.sql<{ sql: string }>(
      "SELECT sql FROM memori.turns WHERE question_id = $1 AND role = 'assistant'",
      [answer.id],
    );
    expect(kept?.sql).toBe(OTHER);
  });

  it('is asked for the second time in other words, of which the question is the last, as it was asked', async () => {
    world.claude.next(TOTALS, TOTALS);

    await world.ask(HARD);

    const [one, two] = world.claude.requests.map(
      ({ body }) => (body as { messages: { content: { text: string }[] }[] }).messages[0]?.content ?? [],
    );
    expect(two?.at(-1)?.text).toBe(HARD);
    expect(two?.[0]?.text).toContain('independent second look');
    expect(one?.[0]?.text).not.toContain('independent second look');
  });

  it.each<[string, Scripted]>([
    ['is refused by the guard', 'DELETE FROM orders'],
    ['does not run', "SELECT 'x'::int FROM orders"],
    ['would be dear', 'SELECT a.id, b.id, c.id FROM orders a, orders b, orders c, orders d, orders e ORDER BY 1, 2, 3'],
    ['asks back', replies.clarification('Which total?', ['A', 'B'])],
    ['is none', replies.prose()],
    ['finds the provider overloaded', replies.overloaded()],
  ])('stands as it is when the other candidate %s', async (_, second) => {
    world.claude.next(TOTALS, second);

    const { answer } = await world.ask(HARD);

    expect(answer).toMatchObject({ status: 'answered', sql: TOTALS, confidence: 'medium', assumptions: [] });
    expect(models()).toEqual([STRONG, FIRST]);
    expect(await contextOf(answer.id)).toMatchObject({ secondCandidate: { outcome: 'no-result' } });
  });

  it('is charged for both, within the same ledger', async () => {
    world.claude.next(TOTALS, SAME);

    const { answer } = await world.ask(HARD);

    const attempts = await world.sql<{ model: string; outcome: string; cost: string }>(
      `SELECT a.model, a.outcome, sum(j.nano_usd) AS cost FROM memori.attempts a
       JOIN memori.journal j ON j.attempt_id = a.id WHERE a.question_id = $1
       GROUP BY a.id ORDER BY a.prepared_at`,
      [answer.id],
    );
    expect(attempts.map(({ model, outcome }) => [model, outcome])).toEqual([
      [STRONG, 'answered'],
      [FIRST, 'answered'],
    ]);
  });

  it('keeps to the pinned model', async () => {
    world.claude.next(TOTALS, SAME);

    const { answer } = await world.ask(HARD, { model: FAST });

    expect(models()).toEqual([FAST, FAST]);
    expect(answer.confidence).toBe('high');
  });

  it('may be one whose value is not stored', async () => {
    const none = "SELECT id FROM customers WHERE city = 'Vladivostok'";
    world.claude.next(none, "SELECT name FROM customers WHERE lower(city) = 'vladivostok'");

    const { answer } = await world.ask('Who lives in Vladivostok?');

    expect(models()).toEqual([FIRST, FAST]);
    expect(answer).toMatchObject({ sql: none, rowCount: 0, confidence: 'medium' });
    expect(await contextOf(answer.id)).toMatchObject({ secondCandidate: { because: ['missing-value'] } });
  });
});

describe('no second candidate is asked for', () => {
  it.each([
    ['an ordinary question', 'How many customers are there?', 'SELECT count(*) FROM customers', {}],
    ['a result that is cut off', HARD, OTHER, { maxRows: 10 }],
    ['SQL that is not run', HARD, TOTALS, { execute: false }],
    ['SQL whose plan is dear', HARD, 'SELECT count(*) FROM orders a, orders b, orders c', {}],
  ])('for %s', async (_, question, sql, more) => {
    world.claude.next(sql);

    const { answer } = await world.ask(question, more);

    expect([answer.status, models().length]).toEqual(['answered', 1]);
  });

  it('after a repair that was the last', async () => {
    world.claude.next('SELECT nothing FROM nowhere', TOTALS);

    const { answer } = await world.ask('Totals, please');

    expect(answer).toMatchObject({ confidence: 'low', usage: { attempts: 2 } });
  });

  it.each([
    ['no round may be repaired', { MEMORI_REPAIR_ROUNDS: '0' }],
    ['both would be more than one request may be', { MEMORI_PER_REQUEST_TOKEN_LIMIT: '2200' }],
  ])(
    'where %s',
    async (_, env) => {
      await inAWorld(env, async (other) => {
        other.claude.next(TOTALS);

        const { answer } = await other.ask(HARD);

        expect(answer).toMatchObject({ status: 'answered', confidence: 'medium', usage: { attempts: 1 } });
      });
    },
    60_000,
  );

  it('where little of the budget is left', async () => {
    await inAWorld({ MEMORI_DAILY_TOKEN_LIMIT: '60000' }, async (poor) => {
      poor.claude.next('SELECT 1', TOTALS);
      await poor.ask('One?');
      await poor.sql("UPDATE memori.accounts SET posted_tokens = posted_tokens + 50000 WHERE scope = 'user'");

      const { answer } = await poor.ask(HARD);

      expect(answer.usage).toMatchObject({ model: FAST, attempts: 1 });
    });
  }, 60_000);
});

describe('after a repair with another round left', () => {
  it('a second candidate is asked for', async () => {
    await inAWorld({ MEMORI_REPAIR_ROUNDS: '2' }, async (patient) => {
      patient.claude.next('SELECT nothing FROM nowhere', TOTALS, SAME);

      const { answer } = await patient.ask('Totals by day?');

      expect(answer).toMatchObject({ sql: TOTALS, confidence: 'medium', usage: { attempts: 3 } });
      expect(patient.claude.requests.map(({ model }) => model)).toEqual([FIRST, FIRST, FAST]);
    });
  }, 60_000);
});
