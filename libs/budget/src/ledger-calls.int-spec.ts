import { BudgetExhaustedError } from './budget-exhausted.error';
import type { Hold } from './hold';
import { ADMIN, aLedger, ANNA, MODEL, SMALL, type Ledger } from './ledger.fixture';

const ANSWERED = { outcome: 'answered' };
const BEN = { tenantId: 'default', userId: 'ben' };

/** The first of several goes alone, the others together. */
describe('calls of the ledger at the same time', () => {
  let ledger: Ledger;

  beforeAll(async () => {
    ledger = await aLedger();
  });
  afterAll(() => ledger.close());
  beforeEach(() => ledger.wipe());
  afterEach(async () => expect(await ledger.faults()).toEqual([]));

  const reservation = { model: MODEL, atMost: SMALL, purpose: 'answer' };
  const held = (outcomes: PromiseSettledResult<Hold>[]) =>
    outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const refused = (outcomes: PromiseSettledResult<unknown>[]) =>
    outcomes.filter((each) => each.status === 'rejected' && each.reason instanceof BudgetExhaustedError);

  it('share their commits', async () => {
    const budget = ledger.budget();
    await budget.standing(ANNA);
    const { counters } = ledger.db.database;
    const before = counters.calls;

    const holds = await Promise.all(Array.from({ length: 40 }, () => budget.reserve(ANNA, reservation)));
    await Promise.all(holds.map((hold) => budget.settle(hold, SMALL, ANSWERED)));

    expect(counters.calls - before).toBeLessThanOrEqual(8);
    expect(await ledger.rows('SELECT count(*)::int AS charges FROM memori.journal')).toEqual([{ charges: 40 }]);
    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 8000, held: 0 }]);
  });

  it('are refused one by one where not all of them fit', async () => {
    // Anna has room for seven, Ben for as many as he likes.
    await ledger.limits().set(ADMIN, { scope: 'user', id: 'anna' }, { window: 'day', tokens: 1400 });
    const budget = ledger.budget();

    const [anna, ben] = await Promise.all([
      Promise.allSettled(Array.from({ length: 10 }, () => budget.reserve(ANNA, reservation))),
      Promise.allSettled(Array.from({ length: 10 }, () => budget.reserve(BEN, reservation))),
    ]);

    expect(held(anna)).toHaveLength(7);
    expect(refused(anna)).toHaveLength(3);
    expect(held(ben)).toHaveLength(10);
    expect(await ledger.rows('SELECT count(*)::int AS attempts FROM memori.attempts')).toEqual([{ attempts: 17 }]);
  });

  it('get a limit of a neighbour neither more nor less, where scopes overlap', async () => {
    await ledger.limits().set(ADMIN, { scope: 'tenant', id: 'default' }, { window: 'day', tokens: 1000 });
    await ledger.limits().set(ADMIN, { scope: 'user', id: 'anna' }, { window: 'day', tokens: 400 });
    const budget = ledger.budget();

    const outcomes = await Promise.allSettled(
      [ANNA, ANNA, ANNA, ANNA, BEN, BEN, BEN, BEN].map((scope) => budget.reserve(scope, reservation)),
    );

    // Two of Anna's, then what the tenant has left: what she was refused was not kept aside anywhere.
    expect(held(outcomes.slice(0, 4))).toHaveLength(2);
    expect(held(outcomes.slice(4))).toHaveLength(3);
    expect(refused(outcomes)).toHaveLength(3);
  });

  it('fail one by one: what is wrong with one is nothing to the others', async () => {
    const budget = ledger.budget();
    const twice = '018f0000-0000-7000-8000-000000000001';
    await budget.reserve(ANNA, { ...reservation, attemptId: twice });

    const outcomes = await Promise.allSettled(
      [undefined, undefined, twice, undefined].map((attemptId) => budget.reserve(ANNA, { ...reservation, attemptId })),
    );

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await budget.standing(ANNA)).toMatchObject([{ held: 800 }]);
  });

  it('settle together what is open, what is late, what was settled and what is settled twice', async () => {
    const budget = ledger.budget();
    const holds = await Promise.all([1, 2, 3, 4, 5].map(() => budget.reserve(ANNA, reservation)));
    const [first, open, late, already, twice] = holds as [Hold, Hold, Hold, Hold, Hold];
    await Promise.all(holds.map((hold) => budget.markSent(hold)));
    await ledger.expire(late);
    await ledger.reaper().sweep();
    await budget.settle(already, SMALL, ANSWERED);

    const results = await Promise.all(
      [first, open, late, already, twice, twice].map((hold) => budget.settle(hold, SMALL, ANSWERED)),
    );

    const [a, b, c, d, ...both] = results.map(({ result }) => result);
    expect([a, b, c, d, ...both.sort()]).toEqual(['settled', 'settled', 'late', 'already', 'already', 'settled']);
    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 1000, held: 0 }]);
  });

  it('flag what cost more than was held, and that alone', async () => {
    const budget = ledger.budget();
    const holds = await Promise.all([1, 2, 3].map(() => budget.reserve(ANNA, reservation)));

    const settled = await Promise.all(
      holds.map((hold, at) => budget.settle(hold, { ...SMALL, outputTokens: at === 1 ? 500 : 50 }, ANSWERED)),
    );

    expect(settled.map(({ reasons }) => reasons)).toEqual([[], ['estimate_exceeded'], []]);
    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 900, held: 0 }]);
  });

  it('wait for nobody else’s account', async () => {
    const budget = ledger.budget();
    // Every account is there; then Ben's stays locked, as by an instance that hangs in the middle.
    const [anna, ben] = [await budget.reserve(ANNA, reservation), await budget.reserve(BEN, reservation)];
    await ledger.rows('BEGIN');
    await ledger.rows("SELECT FROM memori.accounts WHERE scope_id = 'ben' FOR UPDATE");
    const held = [budget.reserve(BEN, reservation), budget.settle(ben, SMALL, ANSWERED)];

    const holds = await Promise.all([ANNA, ANNA, ANNA].map((scope) => budget.reserve(scope, reservation)));
    await Promise.all([anna, ...holds].map((hold) => budget.settle(hold, SMALL, ANSWERED)));

    expect(await budget.standing(ANNA)).toMatchObject([{ posted: 800, held: 0 }]);
    await ledger.rows('COMMIT');
    await Promise.all(held);
  });

  it('raise the alert of a window once', async () => {
    const budget = ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '2000' });
    const holds = await Promise.all(Array.from({ length: 10 }, () => budget.reserve(ANNA, reservation)));

    await Promise.all(holds.map((hold) => budget.settle(hold, SMALL, ANSWERED)));

    const events = await ledger.rows<{ data: { scope: string } }>('SELECT data FROM memori.events');
    expect(events).toMatchObject([{ data: { scope: 'user', window: 'day' } }]);
  });

  it('write as sent only what goes out at once', async () => {
    const budget = ledger.budget();

    const holds = await Promise.all(
      [true, true, false, true].map((isSentAtOnce) => budget.reserve(ANNA, { ...reservation, isSentAtOnce })),
    );

    const states = await ledger.rows<{ id: string; state: string }>('SELECT id, state FROM memori.attempts');
    const stateOf = new Map(states.map(({ id, state }) => [id, state]));
    expect(holds.map(({ attemptId }) => stateOf.get(attemptId))).toEqual(['sent', 'sent', 'prepared', 'sent']);
    expect(await Promise.all(holds.map((hold) => budget.release(hold)))).toEqual([false, false, true, false]);
  });
});
