import fc from 'fast-check';
import { BudgetExhaustedError } from './budget-exhausted.error';
import { aLedger, MODEL, type Ledger } from './ledger.fixture';
import type { Hold } from './hold';
import { limitTokens, NO_USAGE, type TokenUsage } from './token-usage';

type Step =
  | { kind: 'reserve'; user: number; input: number; output: number }
  | { kind: 'send' | 'release' | 'expire'; which: number }
  | { kind: 'stream' | 'settle'; which: number; input: number; output: number }
  | { kind: 'limit'; tokens: number };

interface Call {
  readonly hold: Hold;
  readonly user: string;
  state: 'prepared' | 'sent' | 'streaming' | 'ended';
  open: boolean;
  settled: boolean;
  seen?: TokenUsage;
  /** What the journal must say about it in the end. */
  posted: number;
}

const tokens = fc.integer({ min: 0, max: 400 });
const which = fc.nat(30);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('reserve' as const), user: fc.nat(1), input: tokens, output: tokens }),
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
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('limit' as const), tokens: fc.integer({ min: 0, max: 3000 }) }),
  },
);

const usageOf = ({ input, output }: { input: number; output: number }): TokenUsage => ({
  ...NO_USAGE,
  inputTokens: input,
  outputTokens: output,
});

/** The ledger as it should be, in memory, beside the real one. */
class Model {
  readonly calls: Call[] = [];
  limit = 2000;

  held(user: string): number {
    return this.calls.filter((call) => call.user === user && call.open).reduce((sum, { hold }) => sum + hold.tokens, 0);
  }

  posted(user: string): number {
    return this.calls.filter((call) => call.user === user).reduce((sum, call) => sum + call.posted, 0);
  }
}

describe('the ledger, driven at random', () => {
  let ledger: Ledger;

  beforeAll(async () => {
    ledger = await aLedger();
  });
  afterAll(() => ledger.close());

  it('agrees with a model in memory after every sequence, and never breaks a limit', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await ledger.wipe();
      const model = new Model();
      for (const each of steps) {
        await apply(each, model);
        expect(await ledger.faults()).toEqual([]);
      }
      const sums = await ledger.rows(
        'SELECT scope_id, posted_tokens::int AS posted, held_tokens::int AS held FROM memori.accounts ORDER BY 1',
      );
      expect(sums).toEqual(
        ['user-0', 'user-1']
          .filter((user) => sums.some((sum) => (sum as { scope_id: string }).scope_id === user))
          .map((user) => ({ scope_id: user, posted: model.posted(user), held: model.held(user) })),
      );
    });

    await fc.assert(property, { numRuns: 25, verbose: fc.VerbosityLevel.None });
  }, 60_000);

  async function apply(each: Step, model: Model): Promise<void> {
    if (each.kind === 'limit') return void (model.limit = each.tokens);
    if (each.kind === 'reserve') return reserve(each, model);
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

  const budgetOf = (model: Model) => ledger.budget({ MEMORI_DAILY_TOKEN_LIMIT: String(model.limit) });

  async function reserve(each: Extract<Step, { kind: 'reserve' }>, model: Model): Promise<void> {
    const user = `user-${each.user}`;
    const asked = each.input + each.output;
    const fits = model.posted(user) + model.held(user) + asked <= model.limit;
    const reservation = { model: MODEL, atMost: usageOf(each), purpose: 'answer' };
    const outcome = await budgetOf(model)
      .reserve({ tenantId: 'default', userId: user }, reservation)
      .catch((error: unknown) => error);
    expect(outcome instanceof BudgetExhaustedError).toBe(!fits);
    if (outcome instanceof Error) return;
    model.calls.push({ hold: outcome as Hold, user, state: 'prepared', open: true, settled: false, posted: 0 });
  }

  async function send(call: Call): Promise<void> {
    const isFirst = call.state === 'prepared';
    expect(await ledger.budget().markSent(call.hold)).toBe(isFirst);
    if (isFirst) call.state = 'sent';
  }

  async function stream(call: Call, usage: TokenUsage): Promise<void> {
    await ledger.budget().markStreaming(call.hold, usage);
    if (call.state !== 'sent' && call.state !== 'streaming') return;
    call.state = 'streaming';
    call.seen = usage;
  }

  async function settle(call: Call, usage: TokenUsage): Promise<void> {
    const { result } = await ledger.budget().settle(call.hold, usage, { outcome: 'answered' });
    expect(result).toBe(call.settled ? 'already' : call.open ? 'settled' : 'late');
    if (!call.settled) call.posted = limitTokens(usage);
    Object.assign(call, { settled: true, open: false, state: 'ended' });
  }

  async function release(call: Call): Promise<void> {
    const isPrepared = call.state === 'prepared';
    expect(await ledger.budget().release(call.hold)).toBe(isPrepared);
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

  it('meets no deadlock when five limited scopes are asked for at once in every order', async () => {
    await ledger.wipe();
    const limits = ['user', 'session', 'tenant', 'data-source', 'global'].map((scope) => ({
      scope,
      period: 'day',
      tokens: 5000,
    }));
    const reserveAll = (index: number) =>
      ledger.db.database.call<{ answer: { refused?: object } }>('SELECT memori.reserve($1) AS answer', [
        JSON.stringify({
          attemptId: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
          tenantId: 'default',
          userId: `user-${index % 7}`,
          sessionId: `session-${index % 5}`,
          dataSourceId: `source-${index % 3}`,
          timeZone: 'UTC',
          limits: index % 2 ? limits : [...limits].reverse(),
          purpose: 'answer',
          model: MODEL,
          priceVersion: 'x',
          reserved: NO_USAGE,
          tokens: 100,
          nanoUsd: '0',
          ttlMs: 60_000,
        }),
      ]);

    const answers = (await Promise.all(Array.from({ length: 80 }, (_, index) => reserveAll(index)))).flat();

    expect(answers.filter(({ answer }) => !answer.refused)).toHaveLength(50);
    expect(await ledger.faults()).toEqual([]);
  });
});
