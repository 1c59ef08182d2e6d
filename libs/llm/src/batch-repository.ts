import { Injectable } from '@nestjs/common';
import { NO_USAGE, type Hold, limitTokens, type TokenUsage } from '@memori/budget';
import { Database, SYSTEM_SCOPE } from '@memori/database';
import { BackgroundRepository, type Held } from './background-repository';

/** A batch that is due for a look, held by this process for a while. */
export interface ClaimedBatch {
  readonly id: string;
  /** Null: it was sent, and nobody heard what became of it. */
  readonly providerId: string | null;
  readonly requests: number;
  readonly createdAtMs: number;
}

interface BatchRow {
  readonly id: string;
  readonly provider_id: string | null;
  readonly requests: number;
  readonly created_at: Date;
}

/** Batches as rows, and what the ledger knows of their attempts. */
@Injectable()
export class BatchRepository {
  constructor(
    private readonly database: Database,
    private readonly background: BackgroundRepository,
  ) {}

  /** Before the socket is written. Answers the attempts that may go; see the function. */
  async open(
    batchId: string,
    items: readonly { held: Held; attemptId: string }[],
    times: { holdMs: number; lookMs: number },
  ): Promise<Set<string>> {
    const rows = await this.database.call<{ id: string }>(
      'SELECT id FROM memori.open_batch($1, $2, $3, $4, $5, $6) AS id',
      [
        batchId,
        items.map(({ held }) => held.id),
        items.map(({ held }) => held.fence),
        items.map(({ attemptId }) => attemptId),
        times.holdMs,
        times.lookMs,
      ],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** The provider has it. False: somebody else has recorded that id. */
  async created(batchId: string, providerId: string, lookMs: number): Promise<boolean> {
    const rows = await this.database.query(
      SYSTEM_SCOPE,
      `UPDATE memori.llm_batches SET provider_id = $2, state = 'open', claimed_by = NULL, claim_expires_at = NULL,
         look_at = clock_timestamp() + make_interval(secs => $3 / 1000.0)
       WHERE id = $1 AND state = 'creating' AND NOT EXISTS (SELECT FROM memori.llm_batches WHERE provider_id = $2)
       RETURNING id`,
      [batchId, providerId, lookMs],
    );
    return rows.length > 0;
  }

  async claim(claimMs: number): Promise<ClaimedBatch | undefined> {
    const sql = 'SELECT * FROM memori.claim_batch($1, $2)';
    const [row] = await this.database.call<BatchRow>(sql, [this.background.worker, claimMs]);
    if (!row) return undefined;
    const { id, provider_id: providerId, requests, created_at: createdAt } = row;
    return { id, providerId, requests, createdAtMs: createdAt.getTime() };
  }

  async lookAgain(batchId: string, delayMs: number): Promise<void> {
    await this.database.query(
      SYSTEM_SCOPE,
      `UPDATE memori.llm_batches SET claimed_by = NULL, claim_expires_at = NULL,
         look_at = clock_timestamp() + make_interval(secs => $2 / 1000.0) WHERE id = $1`,
      [batchId, delayMs],
    );
  }

  /** `lost`: the provider never had it. */
  async end(batchId: string, state: 'ended' | 'lost'): Promise<void> {
    await this.database.query(
      SYSTEM_SCOPE,
      `UPDATE memori.llm_batches SET state = $2, ended_at = clock_timestamp(), claimed_by = NULL, claim_expires_at = NULL
       WHERE id = $1 AND ended_at IS NULL`,
      [batchId, state],
    );
  }

  /** Which of these ids of the provider belong to batches that we know. */
  async known(providerIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.database.query<{ id: string }>(
      SYSTEM_SCOPE,
      'SELECT provider_id AS id FROM memori.llm_batches WHERE provider_id = ANY ($1)',
      [providerIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Moments by the database's clock, in milliseconds since 1970. */
  async nowMs(): Promise<number> {
    const sql = 'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now';
    const [row] = await this.database.call<{ now: string }>(sql);
    return Number(row?.now);
  }

  /** The reservation of an attempt, whoever made it. */
  async holdOf(attemptId: string): Promise<Hold | undefined> {
    const [row] = await this.database.query<{ model: string; version: string; reserved: TokenUsage; nano: string }>(
      SYSTEM_SCOPE,
      `SELECT a.model, a.price_version AS version, a.reserved, h.nano_usd AS nano
       FROM memori.attempts a JOIN memori.holds h ON h.attempt_id = a.id WHERE a.id = $1`,
      [attemptId],
    );
    if (!row) return undefined;
    const atMost = { ...NO_USAGE, ...row.reserved };
    const { model, version: priceVersion } = row;
    const tokens = limitTokens(atMost);
    return { attemptId, model, priceVersion, atMost, tokens, nanoUsd: BigInt(row.nano), batch: true };
  }
}
