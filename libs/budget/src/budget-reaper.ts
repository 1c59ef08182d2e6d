import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database } from '@memori/database';
import { Log, Metrics } from '@memori/monitoring';
import { type AlertRow, tellAlerts } from './budget-alerts';
import { judgeExpiredHold, type Evidence } from './expired-hold';
import { Prices } from './prices';
import { limitTokens } from './token-usage';

const BATCH = 100;

interface AttemptRow {
  readonly id: string;
  readonly state: Evidence['state'];
  readonly model: string;
  readonly price_version: string;
  readonly reserved: Evidence['reserved'] & { readonly batch?: boolean };
  readonly input_tokens: string;
  readonly cache_read_tokens: string;
  readonly cache_write_5m_tokens: string;
  readonly cache_write_1h_tokens: string;
  readonly output_tokens: string;
}

/** Ends holds whose owner died, by the evidence of their attempt rows alone. May run in every process at once. */
@Injectable()
export class BudgetReaper implements OnApplicationBootstrap, OnModuleDestroy {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly database: Database,
    private readonly prices: Prices,
    private readonly env: Env,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    const everyMs = Math.min(60_000, Math.max(1000, this.env.MEMORI_HOLD_TTL_MS / 10));
    this.timer = setInterval(() => void this.sweepQuietly(), everyMs).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Ends every expired hold and returns how many this call ended. */
  async sweep(): Promise<number> {
    let ended = 0;
    for (;;) {
      const rows = await this.database.call<AttemptRow>('SELECT * FROM memori.expired_holds($1)', [BATCH]);
      let endedNow = 0;
      for (const row of rows) if (await this.endQuietly(row)) endedNow++;
      ended += endedNow;
      // None of a full batch ended here: somebody else is at it.
      if (rows.length < BATCH || endedNow === 0) return ended;
    }
  }

  /** One hold that cannot be ended must not keep the others from it. */
  private async endQuietly(row: AttemptRow): Promise<boolean> {
    try {
      return await this.end(row);
    } catch (error) {
      this.log.error('An expired hold could not be ended; the next round tries again.', { error, attemptId: row.id });
      return false;
    }
  }

  private async end(row: AttemptRow): Promise<boolean> {
    const verdict = judgeExpiredHold({ state: row.state, reserved: row.reserved, seen: seenUsage(row) });
    const isEnded = verdict.kind === 'release' ? await this.release(row) : await this.charge(row, verdict);
    if (isEnded) this.metrics.holdExpired(verdict.kind === 'release' ? 'released' : row.state);
    return isEnded;
  }

  private async release({ id }: AttemptRow): Promise<boolean> {
    const [answer] = await this.database.call<{ done: boolean }>("SELECT memori.release_hold($1, 'expired') AS done", [
      id,
    ]);
    return answer?.done === true;
  }

  private async charge(row: AttemptRow, verdict: Extract<ReturnType<typeof judgeExpiredHold>, { kind: 'charge' }>) {
    const { usage, reasons } = verdict;
    const prices = await this.prices.ofVersion(row.price_version);
    const charge = {
      attemptId: row.id,
      seenState: row.state,
      outcome: 'expired',
      usage,
      limitTokens: limitTokens(usage),
      nanoUsd: prices.costOrDearest(row.model, usage, row.reserved).toString(),
      savedNanoUsd: prices.savedByCache(row.model, usage, row.reserved).toString(),
      reasons,
    };
    const [settled] = await this.database.call<{ answer: { result: string; alerts?: AlertRow[] } }>(
      'SELECT memori.settle($1) AS answer',
      [JSON.stringify(charge)],
    );
    tellAlerts(settled?.answer.alerts, this.metrics, this.log);
    return settled?.answer.result === 'settled';
  }

  private async sweepQuietly(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.log.warn('Expired holds could not be looked through; the next round tries again.', { error });
    }
  }
}

function seenUsage(row: AttemptRow): Evidence['seen'] {
  return {
    inputTokens: Number(row.input_tokens),
    cacheReadTokens: Number(row.cache_read_tokens),
    cacheWrite5mTokens: Number(row.cache_write_5m_tokens),
    cacheWrite1hTokens: Number(row.cache_write_1h_tokens),
    outputTokens: Number(row.output_tokens),
  };
}
