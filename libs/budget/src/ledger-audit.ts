import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '@memori/database';
import { Log, Metrics } from '@memori/monitoring';

const LOOK_EVERY_MS = 60_000;
/** One instance recomputes everything once in this time; the others find that it was done. */
const EVERY = '1 hour';

export interface AuditResult {
  /** Live accounts that were recomputed. */
  readonly accounts: number;
  readonly differing: number;
  /** Accounts whose limit does not hold. */
  readonly over: number;
  readonly driftTokens: bigint;
  readonly driftNanoUsd: bigint;
}

/**
 * Recomputes every cached sum from the journal and the open holds, in one snapshot and without a lock. What it finds is
 * always a bug of ours: it is counted, logged, and left as it is for whoever looks.
 */
@Injectable()
export class LedgerAudit implements OnApplicationBootstrap, OnModuleDestroy {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.lookQuietly(), LOOK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Undefined when another instance is at it, or was less than `minAge` (an interval of PostgreSQL) ago. */
  async run(minAge = '0'): Promise<AuditResult | undefined> {
    type Answer = Omit<AuditResult, 'driftTokens' | 'driftNanoUsd'> & { driftTokens: string; driftNanoUsd: string };
    const sql = 'SELECT memori.audit_ledger($1) AS answer';
    const [row] = await this.database.call<{ answer: Answer | null }>(sql, [minAge]);
    if (!row?.answer) return undefined;
    const { accounts, differing, over } = row.answer;
    const driftTokens = BigInt(row.answer.driftTokens);
    const driftNanoUsd = BigInt(row.answer.driftNanoUsd);
    this.metrics.ledgerAudited({ nanoUsd: Number(driftNanoUsd), tokens: Number(driftTokens) });
    const facts = { accounts, differing, over, driftTokens: `${driftTokens}`, driftNanoUsd: `${driftNanoUsd}` };
    if (differing > 0) this.log.error('The ledger differs from its journal: see memori.ledger_drift().', facts);
    return { accounts, differing, over, driftTokens, driftNanoUsd };
  }

  private async lookQuietly(): Promise<void> {
    try {
      await this.run(EVERY);
    } catch (error) {
      this.log.warn('The ledger could not be audited; the next round tries again.', { error });
    }
  }
}
