import { ADMIN, aLedger, ANNA, MODEL, SMALL, type Ledger } from './ledger.fixture';

const reservation = { model: MODEL, atMost: SMALL, purpose: 'answer' };
const ANSWERED = { outcome: 'answered' };

describe('the alert of a budget', () => {
  let ledger: Ledger;

  beforeAll(async () => {
    ledger = await aLedger();
  });
  afterAll(() => ledger.close());
  beforeEach(() => ledger.wipe());
  afterEach(async () => expect(await ledger.faults()).toEqual([]));

  const spend = async (settings: Record<string, string>, scope: { tenantId: string; userId: string } = ANNA) => {
    const budget = ledger.budget(settings);
    const hold = await budget.reserve(scope, reservation);
    await budget.markSent(hold);
    await budget.settle(hold, SMALL, ANSWERED);
  };
  const alerts = () =>
    ledger.rows<{ data: { scope: string } }>('SELECT tenant_id, user_id, type, data FROM memori.events');
  const LIMIT = { MEMORI_DAILY_TOKEN_LIMIT: '1000' };

  it('is raised by the settlement that reaches the threshold, and not before', async () => {
    await spend(LIMIT);
    await spend(LIMIT);
    await spend(LIMIT);
    expect(await alerts()).toEqual([]);

    await spend(LIMIT);

    expect(await alerts()).toMatchObject([
      {
        tenant_id: 'default',
        user_id: 'anna',
        type: 'budget.alert',
        data: {
          scope: 'user',
          scopeId: 'anna',
          window: 'day',
          limitTokens: 1000,
          postedTokens: 800,
          alertAtTokens: 800,
        },
      },
    ]);
    expect(await ledger.metrics.text()).toContain('memori_budget_alerts_total{scope="user",window="day"} 1');
  });

  it('is raised once, however many settlements cross the line at the same time', async () => {
    const budget = ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '4000' });
    const holds = await Promise.all(Array.from({ length: 20 }, () => budget.reserve(ANNA, reservation)));
    await Promise.all(holds.map((hold) => budget.markSent(hold)));

    await Promise.all(holds.map((hold) => budget.settle(hold, SMALL, ANSWERED)));

    expect(await alerts()).toHaveLength(1);
  });

  it('is raised afresh in the next window', async () => {
    for (let call = 0; call < 4; call++) await spend(LIMIT);
    await ledger.liveInDays(1);
    try {
      for (let call = 0; call < 4; call++) await spend(LIMIT);
    } finally {
      await ledger.liveInDays(0);
    }

    expect(await alerts()).toHaveLength(2);
  });

  it('is raised by a limit that is lowered to what was spent', async () => {
    await spend(LIMIT);
    await ledger.limits().set(ADMIN, { scope: 'user', id: 'anna' }, { window: 'day', tokens: 220 });

    expect(await alerts()).toHaveLength(1);
  });

  it.each([
    [0, 0],
    [0.1, 1],
    [1, 0],
  ])('comes at the share %d that a limit has of its own: %d of one call of a fifth', async (soft, raised) => {
    await ledger.limits().set(ADMIN, { scope: 'tenant', id: 'default' }, { window: 'month', usd: 0.006, soft });
    await spend({});

    expect(await alerts()).toHaveLength(raised);
  });

  it('of the installation goes to the tenant that looks after it', async () => {
    const settings = { MEMORI_MONTHLY_BUDGET_USD: '0.0012' };
    await ledger.rows("INSERT INTO memori.tenants (id, name) VALUES ('far', 'far') ON CONFLICT DO NOTHING");
    await spend(settings, { tenantId: 'far', userId: 'zoe' });

    expect(await alerts()).toMatchObject([
      { tenant_id: 'default', user_id: '*', data: { scope: 'global', limitUsd: 0.0012, postedUsd: 0.0012 } },
    ]);
  });
});

describe('the self-audit', () => {
  let ledger: Ledger;

  beforeAll(async () => {
    ledger = await aLedger();
  });
  afterAll(() => ledger.close());

  it('finds nothing in a ledger that is right, and every sum that is not', async () => {
    await ledger.budget().reserve(ANNA, reservation);
    const audit = ledger.audit();
    expect(await audit.run()).toMatchObject({ accounts: 1, differing: 0, driftNanoUsd: 0n });
    expect(await ledger.metrics.text()).toContain('memori_ledger_drift_nanousd 0');

    await ledger.rows(
      'UPDATE memori.accounts SET posted_nano_usd = posted_nano_usd + 7, held_tokens = held_tokens - 1',
    );

    expect(await audit.run()).toEqual({ accounts: 1, differing: 1, over: 0, driftTokens: 1n, driftNanoUsd: 7n });
    expect(await ledger.metrics.text()).toContain('memori_ledger_drift_nanousd 7');
  });

  it('is done by one instance at a time, and not again before its time', async () => {
    const results = await Promise.all([1, 2, 3, 4].map(() => ledger.audit().run('1 hour')));

    expect(results).toEqual([undefined, undefined, undefined, undefined]);
  });
});
