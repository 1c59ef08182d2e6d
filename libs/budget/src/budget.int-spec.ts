import { BudgetExhaustedError } from './budget-exhausted.error';
import { aLedger, ANNA, MODEL, SMALL, type Ledger } from './ledger.fixture';
import { NO_USAGE } from './token-usage';

const ANSWERED = { outcome: 'answered' };

describe('Budget', () => {
  let ledger: Ledger;

  beforeAll(async () => {
    ledger = await aLedger();
  });
  afterAll(() => ledger.close());
  beforeEach(() => ledger.wipe());
  afterEach(async () => expect(await ledger.faults()).toEqual([]));

  const reservation = { model: MODEL, atMost: SMALL, purpose: 'answer' };

  it('holds the most that a call may cost, and then posts what it did cost', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, reservation);
    const [held] = await budget.standing(ANNA);
    await budget.markSent(hold);
    const settlement = await budget.settle(hold, { ...SMALL, outputTokens: 10 }, ANSWERED);
    const [posted] = await budget.standing(ANNA);

    expect(held).toMatchObject({
      scope: 'user',
      window: 'day',
      unit: 'tokens',
      limit: 1_000_000,
      posted: 0,
      held: 200,
      remaining: 999_800,
    });
    expect(posted).toMatchObject({ posted: 110, held: 0, remaining: 999_890 });
    expect(settlement).toEqual({ result: 'settled', reasons: [], costNanoUsd: 300_000n });
  });

  it('writes what goes out at once as sent, in one commit that waits for the disk', async () => {
    const budget = ledger.budget();
    // The first word of a process to its ledger writes the configured limits.
    await budget.standing(ANNA);
    const { counters } = ledger.db.database;
    counters.watchCommits = true;
    const before = counters.durableCommits;

    const hold = await budget.reserve(ANNA, { ...reservation, isSentAtOnce: true });
    counters.watchCommits = false;
    const [attempt] = await ledger.rows('SELECT state, sent_at >= prepared_at AS told FROM memori.attempts');

    expect(counters.durableCommits - before).toBe(1);
    expect(attempt).toEqual({ state: 'sent', told: true });
    expect(await budget.release(hold)).toBe(false);
    expect(await budget.settle(hold, SMALL, ANSWERED)).toMatchObject({ result: 'settled' });
  });

  it('writes nothing as sent that it refuses', async () => {
    const budget = ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '199' });

    const refused = budget.reserve(ANNA, { ...reservation, isSentAtOnce: true });

    await expect(refused).rejects.toThrow(BudgetExhaustedError);
    expect(await ledger.rows('SELECT 1 FROM memori.attempts')).toEqual([]);
  });

  it('keeps the kinds of tokens apart in the journal, with money and price version', async () => {
    const budget = ledger.budget();
    const usage = {
      inputTokens: 1,
      cacheReadTokens: 25,
      cacheWrite5mTokens: 3,
      cacheWrite1hTokens: 4,
      outputTokens: 5,
    };
    const scope = { ...ANNA, sessionId: 's1', dataSourceId: 'd1' };
    const hold = await budget.reserve(scope, { ...reservation, questionId: 'q1', fence: 9_007_199_254_740_993n });
    await budget.markSent(hold);
    await budget.settle(hold, usage, { ...ANSWERED, providerRequestId: 'req_1' });

    const [entry] = await ledger.rows('SELECT * FROM memori.journal');
    const [attempt] = await ledger.rows('SELECT * FROM memori.attempts');

    expect(entry).toMatchObject({
      entry: 'charge',
      user_id: 'anna',
      session_id: 's1',
      data_source_id: 'd1',
      question_id: 'q1',
      input_tokens: '1',
      cache_read_tokens: '25',
      cache_write_5m_tokens: '3',
      cache_write_1h_tokens: '4',
      output_tokens: '5',
      limit_tokens: '16',
      nano_usd: String(2000 + 25 * 100 + 3 * 2500 + 4 * 4000 + 5 * 10_000),
      price_version: ledger.prices.current.version,
    });
    expect(attempt).toMatchObject({
      state: 'ended',
      outcome: 'answered',
      provider_request_id: 'req_1',
      fence: '9007199254740993',
    });
  });

  it('refuses what the limit does not hold any more, and says which limit and until when', async () => {
    const budget = ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '500' });
    await budget.reserve(ANNA, reservation);
    await budget.reserve(ANNA, reservation);

    const refused = budget.reserve(ANNA, reservation);

    await expect(refused).rejects.toThrow(BudgetExhaustedError);
    await expect(refused).rejects.toMatchObject({
      kind: 'limit',
      code: 'budget-exhausted',
      facts: {
        limitSource: 'user/day',
        remaining: 100,
        resetsAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT00:00:00Z$/),
      },
    });
    expect(await ledger.rows('SELECT 1 FROM memori.attempts')).toHaveLength(2);
  });

  it('reserves in every limited scope or in none', async () => {
    const budget = ledger.budget({ MEMORI_MONTHLY_BUDGET_USD: '0.002' });
    await budget.reserve(ANNA, reservation);

    const refused = budget.reserve({ ...ANNA, userId: 'bert' }, reservation);

    await expect(refused).rejects.toMatchObject({ facts: { limitSource: 'global/month', unit: 'usd' } });
    expect(await budget.standing({ ...ANNA, userId: 'bert' })).toMatchObject([
      { scope: 'user', held: 0 },
      { scope: 'global', held: 0.0012 },
    ]);
  });

  it('charges a call once, however often it is settled', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, reservation);
    await budget.markSent(hold);

    const settlements = await Promise.all(Array.from({ length: 8 }, () => budget.settle(hold, SMALL, ANSWERED)));

    expect(settlements.map(({ result }) => result).sort()).toEqual([...Array(7).fill('already'), 'settled']);
    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 200, held: 0 }]);
  });

  it('gives a hold back when nothing was sent, once', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, reservation);

    expect([await budget.release(hold), await budget.release(hold)]).toEqual([true, false]);
    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 0, held: 0 }]);
  });

  it('does not give a hold back once the call was sent', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, reservation);
    await budget.markSent(hold);

    expect(await budget.release(hold)).toBe(false);
    expect(await budget.standing(ANNA)).toMatchObject([{ held: 200 }]);
  });

  it('lets a call of yesterday not count today', async () => {
    const budget = ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '300' });
    const hold = await budget.reserve(ANNA, reservation);
    await ledger.rows('UPDATE memori.accounts SET starts_on = starts_on - 1; UPDATE memori.attempts SET day = day - 1');

    await budget.reserve(ANNA, reservation);
    await budget.markSent(hold);
    await budget.settle(hold, SMALL, ANSWERED);

    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 0, held: 200 }]);
    expect(await ledger.rows('SELECT posted_tokens FROM memori.accounts ORDER BY starts_on')).toEqual([
      { posted_tokens: '200' },
      { posted_tokens: '0' },
    ]);
  });

  it("ends the day at midnight of the tenant's time zone", async () => {
    await ledger.rows(
      "INSERT INTO memori.tenants (id, name, time_zone) VALUES ('far', 'far', 'Pacific/Kiritimati') ON CONFLICT DO NOTHING",
    );
    const budget = ledger.budget({ MEMORI_MONTHLY_BUDGET_USD: '1' });

    const [day] = await budget.standing({ tenantId: 'far', userId: 'anna' });
    const [, month] = await budget.standing({ tenantId: 'far', userId: 'anna' });

    expect(day?.resetsAt).toMatch(/T10:00:00Z$/);
    expect(month?.resetsAt).toMatch(/-01T00:00:00Z$/);
  });

  it.each([
    ['of 23 hours', 'Europe/Berlin', '2027-03-27T23:30:00Z', '2027-03-28T21:59:59Z', '2027-03-28T22:00:00Z'],
    ['of 25 hours', 'Europe/Berlin', '2026-10-24T22:30:00Z', '2026-10-25T22:59:59Z', '2026-10-25T23:00:00Z'],
    [
      'whose midnight does not come',
      'Africa/Cairo',
      '2027-04-29T21:30:00Z',
      '2027-04-29T21:59:59Z',
      '2027-04-29T22:00:00Z',
    ],
    [
      'whose last hour comes twice',
      'Africa/Cairo',
      '2026-10-29T20:30:00Z',
      '2026-10-29T21:30:00Z',
      '2026-10-29T22:00:00Z',
    ],
  ])('is one window on a day %s (%s)', async (_, zone, early, late, end) => {
    await ledger.rows(
      `INSERT INTO memori.tenants (id, name, time_zone) VALUES ('dst', 'dst', '${zone}')
       ON CONFLICT (id) DO UPDATE SET time_zone = excluded.time_zone`,
    );
    const budget = ledger.budget();
    const asker = { tenantId: 'dst', userId: 'anna' };
    const held: (number | undefined)[] = [];
    const ends: unknown[] = [];
    for (const moment of [early, late, end]) {
      await ledger.liveAt(moment);
      await budget.reserve(asker, reservation);
      const [day] = await budget.standing(asker);
      held.push(day?.held);
      ends.push(day?.resetsAt);
    }
    await ledger.liveAt();

    expect(held).toEqual([200, 400, 200]);
    expect(ends.slice(0, 2)).toEqual([end, end]);
    expect(ends[2]).not.toBe(end);
  });

  it('flags what a call cost beyond its hold, so that the limit holds for everything else', async () => {
    const budget = ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '250' });
    const hold = await budget.reserve(ANNA, reservation);
    await budget.markSent(hold);

    const { reasons } = await budget.settle(hold, { ...SMALL, outputTokens: 900 }, ANSWERED);

    expect(reasons).toEqual(['estimate_exceeded']);
    expect(await ledger.rows('SELECT posted_tokens, excess_tokens FROM memori.accounts')).toEqual([
      { posted_tokens: '1000', excess_tokens: '800' },
    ]);
    expect(await ledger.metrics.text()).toContain(`memori_estimates_exceeded_total{model="${MODEL}"} 1`);
    await expect(budget.reserve(ANNA, reservation)).rejects.toMatchObject({ facts: { remaining: 0 } });
  });

  it('flags what stands above a limit that was lowered', async () => {
    await ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '1000' }).reserve(ANNA, reservation);
    const lowered = ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '150' });

    await expect(lowered.reserve(ANNA, reservation)).rejects.toThrow('too small');

    expect(await ledger.rows("SELECT excess_tokens, reasons FROM memori.journal WHERE entry = 'limit'")).toEqual([
      { excess_tokens: '50', reasons: ['limit_lowered'] },
    ]);
    await expect(ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '400' }).reserve(ANNA, reservation)).resolves.toBeDefined();
  });

  it('writes no journal row for a call that cost nothing', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, reservation);
    await budget.markSent(hold);
    await budget.settle(hold, NO_USAGE, { outcome: 'rate-limited' });

    expect(await ledger.rows('SELECT * FROM memori.journal')).toEqual([]);
    expect(await ledger.rows('SELECT outcome FROM memori.attempts')).toEqual([{ outcome: 'rate-limited' }]);
  });

  it('keeps the journal append-only, for the owner too', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, reservation);
    await budget.settle(hold, SMALL, ANSWERED);

    await expect(ledger.rows('UPDATE memori.journal SET nano_usd = 0')).rejects.toThrow('append-only');
    await expect(ledger.rows('DELETE FROM memori.journal')).rejects.toThrow('append-only');
    await expect(ledger.rows('TRUNCATE memori.journal')).rejects.toThrow('append-only');
  });

  it('lets the database itself refuse an account beyond its limit', async () => {
    await ledger.budget().reserve(ANNA, reservation);

    await expect(ledger.rows('UPDATE memori.accounts SET held_tokens = limit_tokens + 1')).rejects.toThrow(
      'never_over_the_limit_in_tokens',
    );
  });

  it('shows a user nothing of the ledger of others', async () => {
    const budget = ledger.budget();
    await budget.reserve(ANNA, reservation);
    const count =
      'SELECT (SELECT count(*) FROM memori.attempts)::int AS attempts, (SELECT count(*) FROM memori.holds)::int AS holds';

    const seen = await Promise.all(
      [ANNA, { ...ANNA, userId: 'bert' }, { tenantId: 'other', userId: 'anna' }].map((scope) =>
        ledger.db.database.query(scope, count),
      ),
    );

    expect(seen.flat()).toEqual([
      { attempts: 1, holds: 1 },
      { attempts: 0, holds: 0 },
      { attempts: 0, holds: 0 },
    ]);
  });

  it('costs one round trip each to reserve, send and settle', async () => {
    const budget = ledger.budget();
    await budget.reserve(ANNA, reservation);
    const before = ledger.db.database.counters.roundTrips;

    const hold = await budget.reserve(ANNA, reservation);
    await budget.markSent(hold);
    await budget.settle(hold, SMALL, ANSWERED);

    expect(ledger.db.database.counters.roundTrips - before).toBe(3);
  });

  it('never goes beyond a limit, whatever fifty callers reserve at once', async () => {
    const budget = ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '2100', MEMORI_MONTHLY_BUDGET_USD: '0.0300' });
    const users = ['anna', 'bert', 'carl'];

    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => budget.reserve({ ...ANNA, userId: users[index % 3]! }, reservation)),
    );

    // 0.03 USD holds 25 reservations of 0.0012; each user's day holds 10.
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(25);
    expect(outcomes.every((each) => each.status === 'fulfilled' || each.reason instanceof BudgetExhaustedError)).toBe(
      true,
    );
    expect(
      await ledger.rows(
        'SELECT 1 FROM memori.accounts WHERE held_tokens > limit_tokens OR held_nano_usd > limit_nano_usd',
      ),
    ).toEqual([]);
  });
});
