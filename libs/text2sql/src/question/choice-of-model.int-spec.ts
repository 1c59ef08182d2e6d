import { replies } from '@memori/testing';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';

let world: QuestionWorld;

beforeAll(async () => {
  world = await questionWorld();
}, 60_000);
afterAll(() => world?.close());
beforeEach(() => world.claude.reset());

const COUNT = 'SELECT count(*) AS customers FROM customers';
const [FIRST, FAST, STRONG] = ['claude-sonnet-5-5', 'claude-haiku-5-5', 'claude-opus-5-5'];
const models = () => world.claude.requests.map(({ model }) => model);

describe('the model', () => {
  it('is the configured one for an ordinary question', async () => {
    const { answer } = await world.ask('How many customers are there?');

    expect(answer.usage.model).toBe(FIRST);
  });

  it('is the strong one for a hard question, and the context says why', async () => {
    const { answer } = await world.ask('What is the running total of order amounts by day?');

    expect(answer.usage.model).toBe(STRONG);
    expect(await world.main.questions.context(ADMIN, answer.id)).toMatchObject({
      model: { id: STRONG, reason: 'hard-question', signs: ['running-window'] },
    });
  });

  it('is the strong one for the repair', async () => {
    world.claude.next('SELECT nothing FROM nowhere', COUNT);

    const { answer } = await world.ask('Count whom we sell to');

    expect([answer.status, models()]).toEqual(['answered', [FIRST, STRONG]]);
  });

  it.each([
    ['half an answer', replies.maxTokens()],
    ['prose', replies.prose()],
    ['an empty statement', replies.sql(' ')],
  ])('is the strong one after %s, and both are paid', async (what, reply) => {
    world.claude.next(reply, COUNT);

    const { answer } = await world.ask(`Count them after ${what}`);

    expect([answer.status, models()]).toEqual(['answered', [FIRST, STRONG]]);
    expect(answer.usage).toMatchObject({ model: STRONG, attempts: 2 });
  });

  it('climbs once: a second reply that is none fails the question', async () => {
    world.claude.next(replies.prose(), replies.prose(), COUNT);

    const { answer } = await world.ask('Count them, if you can');

    expect(answer).toMatchObject({ status: 'failed', error: { code: 'model-reply-invalid' } });
    expect(models()).toEqual([FIRST, STRONG]);
  });

  it('stays the pinned one, whatever happens', async () => {
    world.claude.next('SELECT nothing FROM nowhere', COUNT, replies.prose());

    const repaired = await world.ask('The running total, pinned', { model: FAST });
    const failed = await world.ask('Prose, pinned', { model: FAST });

    expect([repaired.answer.status, failed.answer.status]).toEqual(['answered', 'failed']);
    expect(models()).toEqual([FAST, FAST, FAST]);
  });

  it('is another one while it is overloaded, as an attempt of its own', async () => {
    world.claude.next(replies.overloaded(), COUNT);

    const { answer } = await world.ask('Count them in spite of an overload');

    expect(answer.usage).toMatchObject({ model: STRONG, attempts: 2 });
    expect(
      await world.sql('SELECT model, outcome FROM memori.attempts WHERE question_id = $1 ORDER BY prepared_at', [
        answer.id,
      ]),
    ).toEqual([
      { model: FIRST, outcome: 'overloaded' },
      { model: STRONG, outcome: 'answered' },
    ]);
  });

  it('is waited for when the other one is overloaded too, or was pinned', async () => {
    world.claude.next(replies.overloaded(), replies.overloaded(), COUNT);
    const both = await world.ask('Count them after two overloads');
    world.claude.next(replies.overloaded(), COUNT);
    const pinned = await world.ask('Count them with patience', { model: FIRST });

    expect([both.answer.status, pinned.answer.status]).toEqual(['answered', 'answered']);
    expect(models()).toEqual([FIRST, STRONG, FIRST, FIRST, FIRST]);
  });
});

describe('a model that another instance found', () => {
  /** As that instance leaves it behind. */
  const pauseFirst = (reason: string) => world.sql('SELECT memori.pause($1, 60000, $2)', [FIRST, reason]);
  afterEach(() => world.sql('DELETE FROM memori.pauses'));

  /** Asks without waiting, and resolves when the question waits in the line. */
  async function waiting(question: string, more: { model?: string } = {}): Promise<string> {
    const { id } = (await world.ask(question, more, { waitMs: 0 })).answer;
    for (;;) {
      const { answer } = await world.main.questions.get(ADMIN, id);
      if (answer.status === 'queued') return id;
      expect(answer.status).toBe('running');
    }
  }

  it('overloaded is not asked, and another one answers, as a first attempt', async () => {
    await pauseFirst('overloaded');

    const { answer } = await world.ask('Count them though somebody else was told of an overload');

    expect(answer).toMatchObject({ status: 'answered', usage: { model: STRONG, attempts: 1 } });
    expect(models()).toEqual([STRONG]);
    expect(await world.main.questions.context(ADMIN, answer.id)).toMatchObject({ model: { reason: 'overloaded' } });
  });

  it('overloaded is waited for when it was pinned', async () => {
    await pauseFirst('overloaded');

    const id = await waiting('Count them with the pinned one', { model: FIRST });

    expect(models()).toEqual([]);
    await world.main.questions.cancel(ADMIN, id);
  });

  it.each(['rate-limited', 'unavailable'])('%s is waited for', async (reason) => {
    await pauseFirst(reason);

    const id = await waiting(`Count them when it is ${reason}`);
    const other = await world.ask('Count them with another one', { model: FAST });

    expect([other.answer.status, models()]).toEqual(['answered', [FAST]]);
    await world.main.questions.cancel(ADMIN, id);
  });
});

/** A world of its own: limits that the configuration sets are those of the whole installation. */
async function inAWorld<T>(env: Record<string, string>, work: (other: QuestionWorld) => Promise<T>): Promise<T> {
  const other = await questionWorld({ env });
  try {
    return await work(other);
  } finally {
    await other.close();
  }
}

describe('a budget that runs low', () => {
  it('is answered by the cheaper model, and the answer says so in its language', async () => {
    await inAWorld({ MEMORI_DAILY_TOKEN_LIMIT: '60000' }, async (poor) => {
      const { answer: before } = await poor.ask('How many customers are there today?');
      // As if calls of this user had cost that much already.
      await poor.sql("UPDATE memori.accounts SET posted_tokens = posted_tokens + 50000 WHERE scope = 'user'");

      const { answer: after } = await poor.ask('今天有多少客户？');

      expect([before.usage.model, after.usage.model]).toEqual([FIRST, FAST]);
      expect(before.assumptions?.join()).not.toContain('budget');
      expect(after.assumptions?.at(-1)).toBe(`预算（user/day）所剩不多，本次由较便宜的模型 ${FAST} 回答。`);
    });
  }, 60_000);

  it('steps down when the money does not last for the dearer model', async () => {
    const env = { MEMORI_MONTHLY_BUDGET_USD: '0.045', MEMORI_BUDGET_ALERT_THRESHOLD: '1' };
    await inAWorld(env, async (poor) => {
      const { answer } = await poor.ask('What is the cumulative amount by month?');

      expect(answer).toMatchObject({ status: 'answered', usage: { model: FAST } });
      expect(answer.assumptions?.at(-1)).toContain('global/month');
    });
  }, 60_000);
});

describe('a dry run', () => {
  const counts = () =>
    world.sql(`SELECT (SELECT count(*) FROM memori.questions) AS questions, (SELECT count(*) FROM memori.sessions) AS sessions,
      (SELECT count(*) FROM memori.attempts) AS attempts, (SELECT count(*) FROM memori.holds) AS holds,
      (SELECT count(*) FROM memori.audit_log) AS audits`);

  it('tells the most that it would come to, the model and the context, and leaves no trace', async () => {
    const before = await counts();

    const { answer } = await world.ask('What is the running total of it all?', {
      dryRun: true,
      sessionId: 'ext:never-opened',
    });

    expect(answer).toMatchObject({
      status: 'answered',
      source: 'model',
      usage: { model: STRONG, attempts: 0 },
      quote: {
        source: 'model',
        model: STRONG,
        modelReason: 'hard-question',
        wouldFail: null,
        atMost: { inputTokens: 0, outputTokens: 4096 },
        context: { limit: 8000, model: { signs: ['running-window'] } },
      },
    });
    expect(answer.usage.costUsd).toBe(answer.quote?.atMost.costUsd);
    expect(world.claude.requests).toEqual([]);
    expect(world.claude.countRequests).toEqual([]);
    expect(await counts()).toEqual(before);
    await expect(world.main.questions.get(ADMIN, answer.id)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('quotes no less than the real question then costs', async () => {
    const quoted = await world.ask('How many orders have we?', { dryRun: true });
    const asked = await world.ask('How many orders have we?');

    expect(asked.answer.usage.costUsd).toBeLessThanOrEqual(quoted.answer.usage.costUsd);
    expect(asked.answer.usage.costUsd).toBeGreaterThan(0);
  });

  it.each<[string, Record<string, string>, object]>([
    [
      'the limit of a day',
      { MEMORI_DAILY_TOKEN_LIMIT: '3000' },
      { code: 'budget-exhausted', limitSource: 'user/day', unit: 'tokens', limit: 3000 },
    ],
    [
      'the limit of one request',
      { MEMORI_PER_REQUEST_TOKEN_LIMIT: '700' },
      { code: 'budget-exhausted', limitSource: 'request', limit: 700 },
    ],
    ['a missing key', { MEMORI_ANTHROPIC_API_KEY: '' }, { code: 'model-not-configured' }],
  ])(
    'tells that %s would refuse it',
    async (_, env, wouldFail) => {
      await inAWorld(env, async (limited) => {
        const { answer } = await limited.ask('What then?', { dryRun: true });

        expect(answer).toMatchObject({ status: 'answered', quote: { wouldFail } });
      });
    },
    60_000,
  );
});
