import type { Env } from '@memori/config';
import type { Database } from '@memori/database';
import type { CallScope } from './hold';
import { installationFacts } from './limits';
import type { Prices } from './prices';

/** A layer in front of the model that answered in its place. */
export type SavingLayer = 'verified-query' | 'cache';

export interface Saving {
  readonly layer: SavingLayer;
  readonly questionId?: string;
  /** What the call that was spared would have come to, where that is known: of a repeat, what its first answer did. */
  readonly tokens?: number;
  readonly nanoUsd?: bigint;
  readonly model?: string;
}

interface Mean {
  readonly tokens: string | null;
  readonly nano_usd: string | null;
}

const KEPT_MS = 300_000;
const MOST_KEPT = 1000;

/**
 * What was not spent. Where nobody knows what a spared call would have cost, the mean cost of a question that the model
 * answered lately (200 calls, 30 days) about the same data source is taken, and nothing when there was none: an estimate,
 * and never one from thin air. The mean is kept for five minutes.
 */
export class Savings {
  private readonly means = new Map<string, { readonly mean: Promise<Mean | undefined>; readonly until: number }>();

  constructor(
    private readonly database: Database,
    private readonly prices: Prices,
    private readonly env: Env,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  async record(scope: CallScope, saving: Saving): Promise<void> {
    const isKnown = saving.tokens !== undefined && saving.nanoUsd !== undefined;
    const mean = isKnown ? undefined : await this.meanOf(scope);
    const { timeZone } = installationFacts(this.env);
    const row = {
      ...{ tenantId: scope.tenantId, userId: scope.userId, sessionId: scope.sessionId },
      ...{ dataSourceId: scope.dataSourceId, timeZone },
      ...{ layer: saving.layer, questionId: saving.questionId, model: saving.model },
      priceVersion: this.prices.current.version,
      tokens: saving.tokens ?? Number(mean?.tokens ?? 0),
      nanoUsd: (saving.nanoUsd ?? BigInt(mean?.nano_usd ?? 0)).toString(),
    };
    await this.database.call('SELECT memori.record_saving($1)', [JSON.stringify(row)]);
  }

  private meanOf({ tenantId, dataSourceId }: CallScope): Promise<Mean | undefined> {
    const key = JSON.stringify([tenantId, dataSourceId]);
    const known = this.means.get(key);
    if (known && known.until > this.nowMs()) return known.mean;
    const sql = 'SELECT tokens, nano_usd FROM memori.mean_answer($1, $2)';
    const mean = this.database.call<Mean>(sql, [tenantId, dataSourceId ?? null]).then(([row]) => row);
    mean.catch(() => this.means.delete(key));
    if (this.means.size >= MOST_KEPT) this.means.clear();
    this.means.set(key, { mean, until: this.nowMs() + KEPT_MS });
    return mean;
  }
}
