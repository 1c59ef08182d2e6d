import { Client } from 'pg';
import { parseEnv } from '@memori/config';
import { Log, Metrics } from '@memori/monitoring';
import type { Principal } from '@memori/scope';
import { Audit } from '@memori/security';
import { testDatabase } from '@memori/testing';
import { Budget } from './budget';
import { BudgetLimits } from './budget-limits';
import { BudgetReaper } from './budget-reaper';
import type { Hold } from './hold';
import { LedgerAudit } from './ledger-audit';
import { PriceAdmin } from './price-admin';
import { Prices } from './prices';
import { NO_USAGE, type TokenUsage } from './token-usage';
import { UsageReport } from './usage-report';

export const MODEL = 'claude-sonnet-5-5';
export const ANNA = { tenantId: 'default', userId: 'anna' };

/** 100 tokens of input and 100 of output: 200 tokens of a limit, 1,200,000 nano-dollars. */
export const SMALL: TokenUsage = { ...NO_USAGE, inputTokens: 100, outputTokens: 100 };

/** Administrator of the installation. */
export const ADMIN = aPrincipal('default', 'administrator');

export function aPrincipal(tenantId: string, ...roles: Principal['roles']): Principal {
  return { tenantId, userId: 'admin', roles, apiKeyId: null, actedBy: null };
}

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
    limits: (settings: Record<string, string> = {}) =>
      new BudgetLimits(db.database, new Audit(db.database), parseEnv(settings), metrics, new Log({ level: 'silent' })),
    audit: () => new LedgerAudit(db.database, metrics, new Log({ level: 'silent' })),
    priceAdmin: new PriceAdmin(db.database, prices, new Audit(db.database), parseEnv({})),
    /** Lets the ledger live some days from now; its clock is the database's. */
    liveInDays: async (days: number) => {
      await rows(`CREATE OR REPLACE FUNCTION memori.ledger_time() RETURNS timestamptz LANGUAGE sql STABLE
        AS $$ SELECT now() + interval '${days} days' $$`);
    },
    /** Lets it be some moment of time for the ledger; undefined: now again. */
    liveAt: async (moment?: string) => {
      await rows(`CREATE OR REPLACE FUNCTION memori.ledger_time() RETURNS timestamptz LANGUAGE sql STABLE
        AS $$ SELECT ${moment ? `'${moment}'::timestamptz` : 'now()'} $$`);
    },
    reaper: () => new BudgetReaper(db.database, prices, parseEnv({}), metrics, new Log({ level: 'silent' })),
    report: new UsageReport(db.database),
    expire: async (hold: Hold) => {
      await rows("UPDATE memori.holds SET expires_at = clock_timestamp() - interval '1 s' WHERE attempt_id = $1", [
        hold.attemptId,
      ]);
    },
    /** Every account whose cached sums differ from what holds and journal say, or whose limit does not hold. */
    faults: () => rows('SELECT * FROM memori.ledger_drift()'),
    wipe: async () => {
      await rows(`ALTER TABLE memori.journal DISABLE TRIGGER USER;
        TRUNCATE memori.accounts, memori.attempts, memori.holds, memori.journal, memori.limits, memori.events RESTART IDENTITY CASCADE;
        ALTER TABLE memori.journal ENABLE TRIGGER USER`);
    },
    close: async () => {
      await admin.end();
      await db.close();
    },
  };
}

export type Ledger = Awaited<ReturnType<typeof aLedger>>;
