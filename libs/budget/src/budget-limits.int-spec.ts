import { ForbiddenError, InvalidRequestError, NotFoundError } from '@memori/errors';
import { BudgetExhaustedError } from './budget-exhausted.error';
import { ADMIN, aLedger, ANNA, aPrincipal, MODEL, SMALL, type Ledger } from './ledger.fixture';

const reservation = { model: MODEL, atMost: SMALL, purpose: 'answer' };
const SESSION = '00000000-0000-7000-8000-000000000001';
const FULL = { ...ANNA, sessionId: SESSION, dataSourceId: 'shop' };
const ANSWERED = { outcome: 'answered' };
const day = (tokens: number) => ({ window: 'day', tokens });

describe('BudgetLimits', () => {
  let ledger: Ledger;

  beforeAll(async () => {
    ledger = await aLedger();
    await ledger.rows(`INSERT INTO memori.tenants (id, name) VALUES ('acme', 'Acme');
      INSERT INTO memori.sessions (id, tenant_id, user_id, namespace, ttl_seconds, expires_at)
      VALUES ('${SESSION}', 'default', 'anna', 'default', 60, 'infinity')`);
  });
  afterAll(() => ledger.close());
  beforeEach(() => ledger.wipe());
  afterEach(async () => expect(await ledger.faults()).toEqual([]));

  const spend = async (scope = FULL) => {
    const hold = await ledger.budget().reserve(scope, reservation);
    await ledger.budget().markSent(hold);
    await ledger.budget().settle(hold, SMALL, ANSWERED);
  };
  const lines = async (scope = FULL) =>
    Object.fromEntries(
      (await ledger.budget().standing(scope)).map((line) => [
        `${line.scope}/${line.window}`,
        [line.limit, line.posted, line.held],
      ]),
    );

  it.each([
    ['user', 'anna'],
    ['session', SESSION],
    ['tenant', 'default'],
    ['data-source', 'shop'],
    ['global', '*'],
  ])('gives a %s that was limited too late the sums of its journal and its open holds', async (scope, id) => {
    await spend();
    const open = await ledger.budget().reserve(FULL, reservation);
    await spend({ tenantId: 'acme', userId: 'zoe', sessionId: 'other', dataSourceId: 'other' });

    await ledger.limits().set(ADMIN, { scope, id }, { window: 'month', tokens: 5000, usd: 1 });

    const others = scope === 'global' ? 200 : 0;
    const [account] = await ledger.rows('SELECT * FROM memori.accounts WHERE scope = $1 AND period = $2', [
      scope,
      'month',
    ]);
    expect(account).toMatchObject({ posted_tokens: String(200 + others), held_tokens: '200' });
    expect(await ledger.faults()).toEqual([]);
    await ledger.budget().settle(open, { ...SMALL, outputTokens: 10 }, ANSWERED);
    expect(await lines()).toMatchObject({ [`${scope}/month`]: [1, expect.any(Number), 0] });
    expect(await ledger.rows('SELECT posted_tokens FROM memori.accounts WHERE period = $1', ['month'])).toEqual([
      { posted_tokens: String(310 + others) },
    ]);
  });

  it('overrides the configuration for one user, and gives way to it again', async () => {
    const limits = ledger.limits();
    await limits.set(ADMIN, { scope: 'user', id: 'anna' }, day(300));

    expect(await lines()).toEqual({ 'user/day': [300, 0, 0] });
    expect(await lines({ ...FULL, userId: 'bert' })).toEqual({ 'user/day': [1_000_000, 0, 0] });
    await ledger.budget().reserve(FULL, reservation);
    await expect(ledger.budget().reserve(FULL, reservation)).rejects.toThrow(BudgetExhaustedError);

    await limits.remove(ADMIN, { scope: 'user', id: 'anna' });

    expect(await lines()).toEqual({ 'user/day': [1_000_000, 0, 200] });
  });

  it('counts what comes late, for a hold that was closed before the limit was set', async () => {
    const budget = ledger.budget();
    const hold = await budget.reserve(ANNA, { model: MODEL, atMost: SMALL, purpose: 'answer' });
    await budget.release(hold);
    await ledger.limits().set(ADMIN, { scope: 'user', id: 'anna' }, { window: 'total', tokens: 5000 });

    const { result } = await budget.settle(hold, SMALL, { outcome: 'answered' });

    expect(result).toBe('late');
    expect(await ledger.faults()).toEqual([]);
  });

  it('takes the nearest of several limits: the one’s own, the tenant’s, that of all tenants, the configured', async () => {
    const limits = ledger.limits();
    const limitOf = async (userId: string) => (await ledger.budget().standing({ ...ANNA, userId }))[0]?.limit;
    await limits.set(ADMIN, { scope: 'user', id: '*', tenantId: '*' }, day(9000));
    const everywhere = await limitOf('anna');
    await limits.set(ADMIN, { scope: 'user', id: '*' }, day(8000));
    const ofTenant = await limitOf('anna');
    await limits.set(ADMIN, { scope: 'user', id: 'anna' }, day(7000));

    expect([everywhere, ofTenant, await limitOf('anna'), await limitOf('bert')]).toEqual([9000, 8000, 7000, 8000]);
    const [elsewhere] = await ledger.budget().standing({ tenantId: 'acme', userId: 'zoe' });
    expect(elsewhere?.limit).toBe(9000);
  });

  it('lets one user be without limit, and knows what he had spent when he is limited again', async () => {
    await spend();
    await ledger.limits().set(ADMIN, { scope: 'user', id: 'anna' }, { window: 'day', unlimited: true });
    await spend();
    expect(await lines()).toEqual({});

    await ledger.limits().remove(ADMIN, { scope: 'user', id: 'anna' }, 'day');

    expect(await lines()).toEqual({ 'user/day': [1_000_000, 400, 0] });
  });

  it('opens the accounts of everybody with a history when a limit is set for all', async () => {
    await spend();
    await spend({ ...FULL, userId: 'bert' });

    await ledger.limits().set(ADMIN, { scope: 'user', id: '*' }, { window: 'total', usd: 0.002 });

    expect(await lines({ ...FULL, userId: 'bert' })).toMatchObject({ 'user/total': [0.002, 0.0012, 0] });
    await expect(ledger.budget().reserve(FULL, reservation)).rejects.toMatchObject({
      facts: { limitSource: 'user/total', unit: 'usd' },
    });
  });

  it('flags at once what stands above a lowered limit', async () => {
    await spend();
    await ledger.limits().set(ADMIN, { scope: 'tenant', id: 'default' }, day(50));

    expect(await ledger.rows("SELECT excess_tokens, reasons FROM memori.journal WHERE entry = 'limit'")).toEqual([
      { excess_tokens: '150', reasons: ['limit_lowered'] },
    ]);
  });

  it('reserves in all five scopes or in none', async () => {
    const limits = ledger.limits();
    for (const [scope, id] of [
      ['session', SESSION],
      ['tenant', 'default'],
      ['data-source', 'shop'],
      ['global', '*'],
    ] as const)
      await limits.set(ADMIN, { scope, id }, day(scope === 'data-source' ? 399 : 5000));
    await ledger.budget().reserve(FULL, reservation);

    await expect(ledger.budget().reserve(FULL, reservation)).rejects.toMatchObject({
      facts: { limitSource: 'data-source/day', remaining: 199 },
    });

    expect(new Set(Object.values(await lines()).map(([, , held]) => held))).toEqual(new Set([200]));
    expect(await ledger.budget().wouldRefuse(FULL, reservation)).toMatchObject({
      scope: 'data-source',
      unit: 'tokens',
      remaining: 199,
    });
    expect(await ledger.budget().wouldRefuse({ ...FULL, dataSourceId: 'other' }, reservation)).toBeUndefined();
  });

  it('settles yesterday’s hold into yesterday', async () => {
    const { budget } = ledger;
    const hold = await budget().reserve(FULL, reservation);
    await budget().markSent(hold);
    await ledger.liveInDays(1);
    try {
      await budget().reserve(FULL, reservation);
      await budget().settle(hold, SMALL, ANSWERED);

      expect(await lines()).toEqual({ 'user/day': [1_000_000, 0, 200] });
      expect(await ledger.rows('SELECT posted_tokens FROM memori.accounts ORDER BY starts_on')).toEqual([
        { posted_tokens: '200' },
        { posted_tokens: '0' },
      ]);
      expect(await ledger.rows('SELECT DISTINCT day = current_date AS was_then FROM memori.journal')).toEqual([
        { was_then: true },
      ]);
    } finally {
      await ledger.liveInDays(0);
    }
  });

  it('loses nothing of calls that run while limits come and go', async () => {
    const limits = ledger.limits();
    const calls = Array.from({ length: 60 }, async (_, index) => {
      const scope = { ...FULL, userId: `user-${index % 4}` };
      const hold = await ledger.budget().reserve(scope, reservation);
      await ledger.budget().markSent(hold);
      await ledger.budget().settle(hold, SMALL, ANSWERED);
    });
    const changes = [1, 2, 3, 4, 5].flatMap((round) => [
      limits.set(ADMIN, { scope: 'tenant', id: 'default' }, { window: 'month', tokens: 1_000_000 * round }),
      limits.set(ADMIN, { scope: 'user', id: '*' }, { window: 'total', tokens: 1_000_000 * round }),
      limits.remove(ADMIN, { scope: 'user', id: '*' }).catch(() => undefined),
      limits.set(ADMIN, { scope: 'global', id: '*' }, { window: 'day', tokens: 1_000_000 * round }),
    ]);

    await Promise.all([...calls, ...changes]);

    expect(await ledger.faults()).toEqual([]);
    expect(await lines()).toMatchObject({ 'tenant/month': [expect.any(Number), 12_000, 0] });
  });

  it('audits who set what', async () => {
    await ledger.limits().set(ADMIN, { scope: 'user', id: 'anna' }, { ...day(5), soft: 0.5 }, 'request-1');
    await ledger.limits().remove(ADMIN, { scope: 'user', id: 'anna' }, undefined, 'request-2');

    expect(
      await ledger.rows(
        'SELECT action, subject_id, request_id, details FROM memori.audit_log ORDER BY id DESC LIMIT 2',
      ),
    ).toMatchObject([
      { action: 'budget.remove', subject_id: 'user/anna/day', request_id: 'request-2' },
      { action: 'budget.set', subject_id: 'user/anna/day', details: { tokens: 5, soft: 0.5 } },
    ]);
  });

  it('lists what bears on a tenant, page by page', async () => {
    const limits = ledger.limits();
    await ledger.budget().standing(ANNA);
    await limits.set(ADMIN, { scope: 'user', id: 'anna' }, day(5));
    await limits.set(ADMIN, { scope: 'global', id: '*' }, { window: 'total', usd: 7 });
    await limits.set(ADMIN, { scope: 'user', id: 'zoe', tenantId: 'acme' }, day(6));

    const first = await limits.list(ADMIN, { limit: 2 });
    const second = await limits.list(ADMIN, { limit: 2, cursor: first.nextCursor ?? '' });
    const ofAcme = await limits.list(aPrincipal('acme', 'administrator'), { limit: 50 });

    expect([...first.items, ...second.items].map(({ scope, id, origin }) => [scope, id, origin])).toEqual([
      ['global', '*', 'administrator'],
      ['user', '*', 'configured'],
      ['user', 'anna', 'administrator'],
    ]);
    expect(first.items[0]).toMatchObject({ window: 'total', usd: 7, tokens: null, unlimited: false, setBy: 'admin' });
    expect(second.nextCursor).toBeNull();
    expect(ofAcme.items.map(({ id, tokens }) => [id, tokens])).toEqual([
      ['*', 1_000_000],
      ['zoe', 6],
    ]);
  });

  it('tells how a scope stands that nothing limits', async () => {
    await spend();
    await ledger.budget().reserve(FULL, reservation);

    expect(await ledger.limits().standing(ADMIN, { scope: 'data-source', id: 'shop' })).toMatchObject([
      { window: 'day', postedTokens: 200, heldTokens: 200, postedUsd: 0.0012, limitTokens: null },
      { window: 'month', postedTokens: 200 },
      { window: 'total', postedTokens: 200, startsOn: null, resetsAt: null },
    ]);
  });

  describe('keeps tenants and roles apart', () => {
    const ofAcme = aPrincipal('acme', 'administrator');

    it.each([
      ['a curator', aPrincipal('default', 'curator'), { scope: 'user', id: 'anna' }, ForbiddenError],
      ['another tenant', ofAcme, { scope: 'tenant', id: 'default' }, NotFoundError],
      ['another tenant’s user', ofAcme, { scope: 'user', id: 'anna', tenantId: 'default' }, NotFoundError],
      ['another tenant’s session', ofAcme, { scope: 'session', id: SESSION }, NotFoundError],
      ['the installation', ofAcme, { scope: 'global', id: '*' }, ForbiddenError],
      ['all tenants', ofAcme, { scope: 'tenant', id: '*' }, ForbiddenError],
      ['all users everywhere', ofAcme, { scope: 'user', id: '*', tenantId: '*' }, ForbiddenError],
      ['an unknown tenant', ADMIN, { scope: 'tenant', id: 'nowhere' }, NotFoundError],
      ['an unknown session', ADMIN, { scope: 'session', id: 'x' }, NotFoundError],
      ['an unknown scope', ADMIN, { scope: 'team', id: 'x' }, InvalidRequestError],
      ['one id of all tenants', ADMIN, { scope: 'user', id: 'anna', tenantId: '*' }, InvalidRequestError],
    ])('%s', async (_, principal, target, error) => {
      await expect(ledger.limits().set(principal, target, day(1))).rejects.toThrow(error);
      expect(await ledger.rows("SELECT 1 FROM memori.limits WHERE origin = 'administrator'")).toEqual([]);
    });

    it('but not a tenant from its own administrators, unless the installation has spoken', async () => {
      const own = { scope: 'tenant', id: 'acme' };
      await expect(ledger.limits().set(ofAcme, own, day(100))).resolves.toMatchObject({ tokens: 100 });

      await ledger.limits().set(ADMIN, own, day(10));

      await expect(ledger.limits().set(ofAcme, own, day(100))).rejects.toThrow('installation');
      await expect(ledger.limits().remove(ofAcme, own)).rejects.toThrow('installation');
      expect(await ledger.rows("SELECT limit_tokens FROM memori.limits WHERE scope = 'tenant'")).toEqual([
        { limit_tokens: '10' },
      ]);
    });
  });
});
