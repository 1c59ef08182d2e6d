import fc from 'fast-check';
import { NotFoundError } from '@memori/errors';
import { BudgetExhaustedError } from './budget-exhausted.error';
import type { Hold } from './hold';
import { type Call, LedgerModel, type Scope, SCOPES, type Window } from './ledger-model.fixture';
import { ADMIN, aLedger, MODEL, type Ledger } from './ledger.fixture';
import { limitTokens, NO_USAGE, type TokenUsage } from './token-usage';

type Step =
  | { kind: 'reserve'; user: number; place: number; input: number; output: number }
  | { kind: 'send' | 'release' | 'expire'; which: number }
  | { kind: 'stream' | 'settle'; which: number; input: number; output: number }
  | { kind: 'limit'; scope: Scope; id: number; window: Window; tokens: number | null }
  | { kind: 'tick' }
  | { kind: 'crash' };

const SESSIONS = ['00000000-0000-7000-8000-000000000000', '00000000-0000-7000-8000-000000000001'];
const tokens = fc.integer({ min: 0, max: 400 });
const which = fc.nat(30);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      user: fc.nat(1),
      place: fc.nat(1),
      input: tokens,
      output: tokens,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('send' as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('stream' as const, 'settle' as const, 'settle' as const),
      which,
      input: tokens,
      output: tokens,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('release' as const, 'expire' as const, 'expire' as const), which }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('limit' as const),
      scope: fc.constantFrom(...SCOPES),
      // 2: whoever has no limit of his own.
      id: fc.nat(2),
      window: fc.constantFrom('day' as const, 'total' as const),
      tokens: fc.option(fc.integer({ min: 0, max: 4000 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('tick' as const, 'crash' as const) }) },
);

const usageOf = ({ input, output }: { input: number; output: number }): TokenUsage => ({
  ...NO_USAGE,
  inputTokens: input,
  outputTokens: output,
});

/** Two users in two places each: sessions belong to both, so that scopes overlap in every way. */
const idsOf = ({ user, place }: { user: number; place: number }): Record<Scope, string> => ({
  user: `user-${user}`,
  session: SESSIONS[(user + place) % 2]!,
  tenant: 'default',
  'data-source': `source-${place}`,
  global: '*',
});

describe('the ledger, driven at random', () => {
  let ledger: Ledger;
  let model: LedgerModel;
  // A new one after each crash: nothing that a process knew may matter.
  let budget: ReturnType<Ledger['budget']>;

  beforeAll(async () => {
    ledger = await aLedger();
    await ledger.rows(
      `INSERT INTO memori.sessions (id, tenant_id, user_id, namespace, ttl_seconds, expires_at)
       SELECT id, 'default', 'admin', 'default', 60, 'infinity' FROM unnest($1::uuid[]) id`,
      [SESSIONS],
    );
  });
  afterAll(() => ledger.close());

  it('agrees with a model in memory after every step, and never breaks a limit', async () => {
    // Printed before anything fails, so that a run that hangs can be repeated as well.
    const seed = Number(process.env.MEMORI_TEST_SEED ?? Date.now() % 2 ** 31);
    process.stdout.write(`ledger property: seed ${seed} (repeat with MEMORI_TEST_SEED=${seed})\n`);
    const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await ledger.wipe();
      await ledger.liveInDays(0);
      model = new LedgerModel();
      restart();
      for (const each of steps) {
        await apply(each);
        expect(await ledger.faults()).toEqual([]);
      }
      await expectSums();
    });

    await fc.assert(property, { numRuns: 25, seed, verbose: fc.VerbosityLevel.None });
  }, 120_000);

  const restart = () => void (budget = ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: '3000' }));

  it('counts a late charge of a scope that nobody called since its limit was set', async () => {
    await ledger.wipe();
    await ledger.liveInDays(0);
    model = new LedgerModel();
    restart();
    const call = { kind: 'reserve', user: 0, place: 0, input: 0, output: 0 } as const;

    await reserve(call);
    await release(model.calls[0]!);
    await limit({ kind: 'limit', scope: 'data-source', id: 2, window: 'day', tokens: 0 });
    await settle(model.calls[0]!, usageOf({ input: 0, output: 1 }));
    await reserve(call);

    expect(await ledger.faults()).toEqual([]);
    await expectSums();
  });

  async function expectSums(): Promise<void> {
    for (const user of [0, 1])
      for (const place of [0, 1]) {
        const ids = idsOf({ user, place });
        const scope = {
          tenantId: 'default',
          userId: ids.user,
          sessionId: ids.session,
          dataSourceId: ids['data-source'],
        };
        const byName = (a: object, b: object) => JSON.stringify(a).localeCompare(JSON.stringify(b));
        const standing = (await budget.standing(scope)).map(({ scope: of, window, limit, posted, held }) => ({
          ...{ scope: of, window, limit, posted, held },
        }));
        expect(standing.sort(byName)).toEqual(model.bearing(ids).sort(byName));
      }
  }

  async function apply(each: Step): Promise<void> {
    if (each.kind === 'reserve') return reserve(each);
    if (each.kind === 'limit') return limit(each);
    if (each.kind === 'tick') return ledger.liveInDays(++model.today);
    if (each.kind === 'crash') return restart();
    const call = model.calls[each.which % Math.max(1, model.calls.length)];
    if (!call) return;
    switch (each.kind) {
      case 'send':
        return send(call);
      case 'stream':
        return stream(call, usageOf(each));
      case 'settle':
        return settle(call, usageOf(each));
      case 'release':
        return release(call);
      case 'expire':
        return expire(call);
    }
  }

  async function reserve(each: Extract<Step, { kind: 'reserve' }>): Promise<void> {
    const ids = idsOf(each);
    const scope = { tenantId: 'default', userId: ids.user, sessionId: ids.session, dataSourceId: ids['data-source'] };
    const reservation = { model: MODEL, atMost: usageOf(each), purpose: 'answer' };
    const fits = model.fits(ids, each.input + each.output);
    expect((await budget.wouldRefuse(scope, reservation)) === undefined).toBe(fits);
    const outcome = await budget.reserve(scope, reservation).catch((error: unknown) => error);
    expect(outcome instanceof BudgetExhaustedError).toBe(!fits);
    if (!fits) return;
    const [hold, day] = [outcome as Hold, model.today];
    model.calls.push({ hold, ids, day, state: 'prepared', open: true, settled: false, posted: 0 });
  }

  async function limit({ scope, id: number, window, tokens }: Extract<Step, { kind: 'limit' }>): Promise<void> {
    const id = number === 2 ? '*' : idsOf({ user: number, place: number })[scope];
    // Of all tenants: its own limit goes before it, as with users.
    const target = { scope, id };
    const key = `${scope}/${id}/${window}`;
    if (tokens !== null) {
      await ledger.limits().set(ADMIN, target, { window, tokens });
      return void model.limits.set(key, tokens);
    }
    const removal = await ledger
      .limits()
      .remove(ADMIN, target, window)
      .catch((error: unknown) => error);
    expect(removal === undefined || removal instanceof NotFoundError).toBe(true);
    if (key === 'user/*/day') model.limits.set(key, 3000);
    else model.limits.delete(key);
  }

  async function send(call: Call): Promise<void> {
    const isFirst = call.state === 'prepared';
    expect(await budget.markSent(call.hold)).toBe(isFirst);
    if (isFirst) call.state = 'sent';
  }

  async function stream(call: Call, usage: TokenUsage): Promise<void> {
    await budget.markStreaming(call.hold, usage);
    if (call.state !== 'sent' && call.state !== 'streaming') return;
    call.state = 'streaming';
    call.seen = usage;
  }

  async function settle(call: Call, usage: TokenUsage): Promise<void> {
    const { result } = await budget.settle(call.hold, usage, { outcome: 'answered' });
    expect(result).toBe(call.settled ? 'already' : call.open ? 'settled' : 'late');
    if (!call.settled) call.posted = limitTokens(usage);
    Object.assign(call, { settled: true, open: false, state: 'ended' });
  }

  async function release(call: Call): Promise<void> {
    const isPrepared = call.state === 'prepared';
    expect(await budget.release(call.hold)).toBe(isPrepared);
    if (isPrepared) Object.assign(call, { open: false, state: 'ended' });
  }

  async function expire(call: Call): Promise<void> {
    if (!call.open) return;
    await ledger.expire(call.hold);
    expect(await ledger.reaper().sweep()).toBe(1);
    if (call.state === 'sent') call.posted = call.hold.tokens;
    if (call.state === 'streaming') call.posted = limitTokens(call.seen ?? NO_USAGE);
    Object.assign(call, { open: false, state: 'ended' });
  }

  it('meets no deadlock when five limited scopes are asked for at once by many', async () => {
    await ledger.wipe();
    await ledger.liveInDays(0);
    restart();
    for (const [scope, id] of [
      ['user', '*'],
      ['session', '*'],
      ['tenant', 'default'],
      ['data-source', '*'],
      ['global', '*'],
    ] as const)
      await ledger.limits().set(ADMIN, { scope, id }, { window: 'day', tokens: 5000 });
    const call = async (index: number) => {
      const scope = {
        tenantId: 'default',
        userId: `user-${index % 7}`,
        sessionId: `session-${index % 5}`,
        dataSourceId: `source-${index % 3}`,
      };
      const atMost = { ...NO_USAGE, outputTokens: 100 };
      const hold = await budget.reserve(scope, { model: MODEL, atMost, purpose: 'answer' });
      if (index % 2) await budget.settle(hold, atMost, { outcome: 'answered' });
    };

    const outcomes = await Promise.allSettled(Array.from({ length: 80 }, (_, index) => call(index)));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
    expect(outcomes.every((each) => each.status === 'fulfilled' || each.reason instanceof BudgetExhaustedError)).toBe(
      true,
    );
    expect(await ledger.faults()).toEqual([]);
  });
});
