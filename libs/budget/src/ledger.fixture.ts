import { Client } from 'pg';
import { parseEnv } from '@memori/config';
import { Log, Metrics } from '@memori/monitoring';
import { testDatabase } from '@memori/testing';
import { Budget } from './budget';
import { BudgetReaper } from './budget-reaper';
import type { Hold } from './hold';
import { Prices } from './prices';
import { NO_USAGE, type TokenUsage } from './token-usage';
import { UsageReport } from './usage-report';

export const MODEL = 'claude-sonnet-5-5';
export const ANNA = { tenantId: 'default', userId: 'anna' };

/** 100 tokens of input and 100 of output: 200 tokens of a limit, 1,200,000 nano-dollars. */
export const SMALL: TokenUsage = { ...NO_USAGE, inputTokens: 100, outputTokens: 100 };

/** A ledger on a fresh database, and what a test needs to look behind it. */
export async function aLedger() {
  const db = await testDatabase({ poolSize: 12 });
  const admin = new Client(db.superuser);
  await admin.connect();
  const prices = new Prices(db.database);
  await prices.onApplicationBootstrap();
  const metrics = new Metrics();

  const rows = async <R>(sql: string, params: unknown[] = []): Promise<R[]> =>
    (await admin.query(sql, params)).rows as R[];
  return {
    db,
    metrics,
    prices,
    rows,
    budget: (settings: Record<string, string> = {}) => new Budget(db.database, prices, parseEnv(settings), metrics),
    reaper: () => new BudgetReaper(db.database, prices, parseEnv({}), metrics, new Log({ level: 'silent' })),
    report: new UsageReport(db.database),
    expire: async (hold: Hold) => {
      await rows("UPDATE memori.holds SET expires_at = clock_timestamp() - interval '1 s' WHERE attempt_id = $1", [
        hold.attemptId,
      ]);
    },
    /** Every account whose cached sums differ from what holds and journal say, or whose limit does not hold. */
    faults: () =>
      rows(`
        SELECT a.id, a.scope, a.posted_tokens, a.held_tokens, a.excess_tokens, h.*, j.* FROM memori.accounts a
        CROSS JOIN LATERAL (SELECT coalesce(sum(tokens), 0) AS held, coalesce(sum(nano_usd), 0) AS held_nano
          FROM memori.holds WHERE state = 'open' AND a.id = ANY (account_ids)) h
        CROSS JOIN LATERAL (SELECT coalesce(sum(limit_tokens), 0) AS posted, coalesce(sum(nano_usd), 0) AS posted_nano,
            coalesce(sum(excess_tokens), 0) AS excess, coalesce(sum(excess_nano_usd), 0) AS excess_nano
          FROM memori.journal WHERE a.id = ANY (account_ids)) j
        WHERE (a.held_tokens, a.held_nano_usd, a.posted_tokens, a.posted_nano_usd, a.excess_tokens, a.excess_nano_usd)
              <> (h.held, h.held_nano, j.posted, j.posted_nano, j.excess, j.excess_nano)
           OR j.posted + h.held - j.excess > a.limit_tokens OR j.posted_nano + h.held_nano - j.excess_nano > a.limit_nano_usd`),
    wipe: async () => {
      await rows(`ALTER TABLE memori.journal DISABLE TRIGGER USER;
        TRUNCATE memori.accounts, memori.attempts, memori.holds, memori.journal RESTART IDENTITY;
        ALTER TABLE memori.journal ENABLE TRIGGER USER`);
    },
    close: async () => {
      await admin.end();
      await db.close();
    },
  };
}

export type Ledger = Awaited<ReturnType<typeof aLedger>>;
