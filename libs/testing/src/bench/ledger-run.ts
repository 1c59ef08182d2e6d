import { Client } from 'pg';
import { Budget, BudgetExhaustedError, NO_USAGE, Prices, type TokenUsage } from '@memori/budget';
import { parseEnv } from '@memori/config';
import { Metrics } from '@memori/monitoring';
import { testDatabase } from '../database/test-database';
import type { LedgerCase } from './ledger-case';
import { NaiveLedger } from './naive-ledger';
import { runLoad, type LoadPlan } from './load';

const MODEL = 'claude-sonnet-5-5';
/** 1,000 tokens of a limit, reserved and spent. */
const USAGE: TokenUsage = { ...NO_USAGE, inputTokens: 900, outputTokens: 100 };
const TOKENS = 1000;
/** Connections of either way: more of them only wait for the cores. */
const POOL = 32;
/** Commits wait for the disk, as they do in earnest. */
const NO_END = 1_000_000_000_000;

export interface LedgerFigures {
  readonly name: string;
  readonly aimPerSecond: number;
  readonly pairsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Tokens beyond a limit, when every client runs against limits that admit a part of the pairs. */
  readonly overspent: number;
  readonly refused: number;
  readonly deadlocks: number;
  /** Accounts whose cached sums are not those of the journal. */
  readonly drifted: number;
  readonly naive: { readonly pairsPerSecond: number; readonly overspent: number };
}

/** One case on a database of its own: first as fast as it goes, then against limits that end. */
export async function runCase(ledgerCase: LedgerCase, plan: LoadPlan): Promise<LedgerFigures> {
  const db = await testDatabase({ poolSize: Math.min(POOL, ledgerCase.clients) });
  const admin = new Client(db.superuser);
  await admin.connect();
  try {
    await admin.query(`CREATE SCHEMA bench; CREATE TABLE bench.naive (user_id text PRIMARY KEY, spent bigint, most bigint);
      GRANT USAGE ON SCHEMA bench TO memori; GRANT ALL ON bench.naive TO memori`);
    const prices = new Prices(db.database);
    await prices.onApplicationBootstrap();
    const open = (limit: number) =>
      new Budget(db.database, prices, parseEnv({ MEMORI_DAILY_TOKEN_LIMIT: String(limit) }), new Metrics());
    const setLimits = async (tokens: number) => {
      for (const { scope, scopeId } of ledgerCase.limits)
        await admin.query('SELECT memori.set_limit($1, $2)', [
          JSON.stringify({
            ...{ scope, scopeId, tokens, period: 'day', origin: 'administrator', setBy: 'bench' },
            tenantId: scope === 'global' ? '*' : 'default',
          }),
          JSON.stringify({ timeZone: 'UTC', alertAt: 0.8 }),
        ]);
    };
    let pair = 0;
    let refused = 0;
    const onePair = async (budget: Budget) => {
      const scope = ledgerCase.scopeOf(pair++);
      try {
        const hold = await budget.reserve(scope, { model: MODEL, atMost: USAGE, purpose: 'answer' });
        await budget.settle(hold, USAGE, { outcome: 'answered' });
      } catch (error) {
        if (!(error instanceof BudgetExhaustedError)) throw error;
        refused++;
      }
    };

    const free = open(NO_END);
    await setLimits(NO_END);
    const share = { ...plan, clients: ledgerCase.clients };
    await runLoad({ ...share, calls: Math.min(1000, plan.calls) }, () => onePair(free));
    const fast = await runLoad(share, () => onePair(free));
    if (fast.failed > 0) throw new Error(`${fast.failed} pairs failed`);

    // As many clients as before, against limits that admit half of what they ask: what goes beyond one is overspent.
    await admin.query(`ALTER TABLE memori.journal DISABLE TRIGGER USER;
      TRUNCATE memori.accounts, memori.attempts, memori.holds, memori.journal CASCADE;
      ALTER TABLE memori.journal ENABLE TRIGGER USER`);
    const users = new Set(Array.from({ length: 1000 }, (_, n) => ledgerCase.scopeOf(n).userId)).size;
    const calls = users === 1 ? 200 : 2000;
    const most = Math.floor((calls / users / 2) * TOKENS);
    const tight = open(most);
    await setLimits(users === 1 ? most : most * users);
    refused = 0;
    await runLoad({ ...share, calls, seconds: 60 }, () => onePair(tight));

    const over = await admin.query<{ over: number }>(`SELECT coalesce(sum(greatest(0,
      posted_tokens + held_tokens - limit_tokens)), 0)::float8 AS over FROM memori.accounts`);
    const drift = await admin.query<{ drifted: number }>('SELECT count(*)::int AS drifted FROM memori.ledger_drift()');
    const refusals = refused;
    const naive = await runNaive(db.database, ledgerCase, { calls, most, share });
    await admin.query('SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()');
    const deadlocks = await admin.query<{ deadlocks: number }>(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    return {
      name: ledgerCase.name,
      aimPerSecond: ledgerCase.aimPerSecond,
      pairsPerSecond: fast.perSecond,
      p50Ms: fast.p50Ms,
      p99Ms: fast.p99Ms,
      overspent: over.rows[0]?.over ?? NaN,
      refused: refusals,
      deadlocks: deadlocks.rows[0]?.deadlocks ?? NaN,
      drifted: drift.rows[0]?.drifted ?? NaN,
      naive,
    };
  } finally {
    await admin.end();
    await db.close();
  }
}

async function runNaive(
  database: ConstructorParameters<typeof NaiveLedger>[0],
  { scopeOf }: LedgerCase,
  { calls, most, share }: { calls: number; most: number; share: LoadPlan },
) {
  const naive = new NaiveLedger(database);
  const soon = () => new Promise<void>((resolve) => setImmediate(resolve));
  const runAll = async (limit: number, count: number) => {
    await naive.prepare(limit);
    let pair = 0;
    return runLoad({ ...share, calls: count, seconds: share.seconds + 30 }, async () => {
      await naive.pair(scopeOf(pair++).userId, TOKENS, soon);
    });
  };
  const { perSecond } = await runAll(NO_END, share.calls);
  await runAll(most, calls);
  return { pairsPerSecond: perSecond, overspent: await naive.overspent() };
}
