import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { Database, SYSTEM_SCOPE, type Tx } from '@memori/database';
import { newId } from '@memori/scope';
import { Vault } from '@memori/security';
import type { BackgroundBody, BackgroundProblem, BackgroundRequest, ClaimedRequest } from './background-request';

/** Somebody submitted, or a reply is there. */
export const BACKGROUND_CHANNEL = 'memori_background';

/** What a process may do with a request that it holds. */
export type Held = Pick<ClaimedRequest, 'id' | 'fence'>;

/** A reply that waits for its consumer. */
export interface ReplyPlace {
  readonly id: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly deliveries: number;
}

export interface BackgroundReply {
  readonly id: string;
  readonly scope: ClaimedRequest['scope'];
  readonly purpose: ClaimedRequest['purpose'];
  readonly reference: unknown;
  /** Checked against the schema of the request. */
  readonly json: unknown;
}

interface Row {
  readonly id: string;
  readonly tenant_id: string;
  readonly user_id: string;
  readonly session_id: string | null;
  readonly data_source_id: string | null;
  readonly purpose: ClaimedRequest['purpose'];
  readonly attempts: number;
  readonly fence: string;
  readonly body_sealed: Buffer;
  readonly reply_sealed: Buffer | null;
}

/** The requests as rows. A write that names a claim changes nothing when that claim is lost, and says so. */
@Injectable()
export class BackgroundRepository {
  /** Names this process in claims. */
  readonly worker = `${hostname()}:${process.pid}:${newId().slice(-12)}`;

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /** False: its key is known already. */
  async insert(tx: Tx, request: BackgroundRequest, body: BackgroundBody): Promise<boolean> {
    const id = newId();
    const { tenantId, userId, sessionId = null, dataSourceId = null } = request.scope;
    const sealed = this.vault.encrypt(JSON.stringify(body), bodyContext(id));
    const rows = await tx.query(
      `INSERT INTO memori.background_requests (id, tenant_id, user_id, session_id, data_source_id, purpose, key, body_sealed)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id, purpose, key) DO NOTHING RETURNING id`,
      [id, tenantId, userId, sessionId, dataSourceId, request.purpose, request.key, sealed],
    );
    if (rows.length > 0) await tx.query('SELECT pg_notify($1, $2)', [BACKGROUND_CHANNEL, '']);
    return rows.length > 0;
  }

  async claim(wish: { most: number; enough: number; patienceMs: number; claimMs: number }): Promise<ClaimedRequest[]> {
    const rows = await this.database.call<Row>('SELECT * FROM memori.claim_background($1, $2, $3, $4, $5)', [
      this.worker,
      wish.claimMs,
      wish.most,
      wish.enough,
      wish.patienceMs,
    ]);
    return rows.map((row) => this.claimedOf(row));
  }

  /** Those that a batch carries and that are not done yet, by their attempt. */
  async ofBatch(batchId: string): Promise<Map<string, ClaimedRequest>> {
    const rows = await this.database.query<Row & { attempt_id: string }>(
      SYSTEM_SCOPE,
      `SELECT * FROM memori.background_requests WHERE batch_id = $1 AND state = 'submitted'`,
      [batchId],
    );
    return new Map(rows.map((row) => [row.attempt_id, this.claimedOf(row)]));
  }

  /** The reply is here: kept encrypted until its consumer takes it. */
  async end({ id, fence }: Held, json: unknown): Promise<boolean> {
    const sealed = this.vault.encrypt(JSON.stringify(json), replyContext(id));
    return this.change(
      `UPDATE memori.background_requests SET state = 'ended', reply_sealed = $3, error = NULL, run_after = clock_timestamp(),
         ended_at = clock_timestamp(), claimed_by = NULL, claim_expires_at = NULL
       WHERE id = $1 AND fence = $2 AND state = 'submitted' RETURNING id`,
      [id, fence, sealed],
    );
  }

  /** Back to the line. */
  async wait({ id, fence }: Held, delayMs: number, counts: boolean, problem: BackgroundProblem): Promise<boolean> {
    return this.change(
      `UPDATE memori.background_requests SET state = 'waiting', attempts = attempts + $4, error = $5, claimed_by = NULL,
         claim_expires_at = NULL, run_after = clock_timestamp() + make_interval(secs => $3 / 1000.0)
       WHERE id = $1 AND fence = $2 AND state = 'submitted' RETURNING id`,
      [id, fence, delayMs, counts ? 1 : 0, JSON.stringify(problem)],
    );
  }

  async fail({ id, fence }: Held, problem: BackgroundProblem): Promise<boolean> {
    return this.change(
      `UPDATE memori.background_requests SET state = 'failed', attempts = attempts + 1, error = $3,
         ended_at = clock_timestamp(), claimed_by = NULL, claim_expires_at = NULL
       WHERE id = $1 AND fence = $2 AND state = 'submitted' RETURNING id`,
      [id, fence, JSON.stringify(problem)],
    );
  }

  /** Replies that wait for one of these consumers. */
  async undelivered(purposes: readonly string[], most: number): Promise<ReplyPlace[]> {
    return this.database.query<ReplyPlace>(
      SYSTEM_SCOPE,
      `SELECT id, tenant_id AS "tenantId", user_id AS "userId", deliveries FROM memori.background_requests
       WHERE state = 'ended' AND run_after <= clock_timestamp() AND purpose = ANY ($1) ORDER BY run_after, id LIMIT $2`,
      [purposes, most],
    );
  }

  /** Locks a reply for as long as the transaction lasts; undefined when somebody else has it or took it. */
  async lockReply(tx: Tx, id: string): Promise<BackgroundReply | undefined> {
    const [row] = await tx.query<Row>(
      `SELECT * FROM memori.background_requests WHERE id = $1 AND state = 'ended' FOR UPDATE SKIP LOCKED`,
      [id],
    );
    if (!row?.reply_sealed) return undefined;
    const { scope, purpose, body } = this.claimedOf(row);
    const json: unknown = JSON.parse(this.vault.decrypt(row.reply_sealed, replyContext(id)).toString('utf8'));
    return { id, scope, purpose, reference: body.reference, json };
  }

  /** Prompt and reply are forgotten with it. */
  async take(tx: Tx, id: string): Promise<void> {
    await tx.query(
      `UPDATE memori.background_requests SET state = 'taken', body_sealed = NULL, reply_sealed = NULL WHERE id = $1`,
      [id],
    );
  }

  async deliverLater(id: string, delayMs: number): Promise<void> {
    await this.change(
      `UPDATE memori.background_requests SET deliveries = deliveries + 1,
         run_after = clock_timestamp() + make_interval(secs => $2 / 1000.0)
       WHERE id = $1 AND state = 'ended' RETURNING id`,
      [id, delayMs],
    );
  }

  /** The reply stays: it was paid for, and a retry delivers it once more. */
  async failDelivery(id: string, problem: BackgroundProblem): Promise<void> {
    await this.change(
      `UPDATE memori.background_requests SET state = 'failed', deliveries = deliveries + 1, error = $2,
         ended_at = clock_timestamp() WHERE id = $1 AND state = 'ended' RETURNING id`,
      [id, JSON.stringify(problem)],
    );
  }

  /** Requests whose process died, and rows that nobody needs any more. */
  async sweep(mostAttempts: number, problem: BackgroundProblem, keepDays: number): Promise<string[]> {
    const rows = await this.database.call<{ id: string }>('SELECT id FROM memori.sweep_background($1, $2, $3) AS id', [
      mostAttempts,
      JSON.stringify(problem),
      keepDays,
    ]);
    return rows.map(({ id }) => id);
  }

  private async change(sql: string, params: unknown[]): Promise<boolean> {
    return (await this.database.query(SYSTEM_SCOPE, sql, params)).length > 0;
  }

  private claimedOf(row: Row): ClaimedRequest {
    const scope = {
      tenantId: row.tenant_id,
      userId: row.user_id,
      ...(row.session_id !== null && { sessionId: row.session_id }),
      ...(row.data_source_id !== null && { dataSourceId: row.data_source_id }),
    };
    const body = JSON.parse(
      this.vault.decrypt(row.body_sealed, bodyContext(row.id)).toString('utf8'),
    ) as BackgroundBody;
    return { id: row.id, fence: row.fence, scope, purpose: row.purpose, attempts: row.attempts, body };
  }
}

function bodyContext(id: string): string {
  return `background-request:${id}`;
}

function replyContext(id: string): string {
  return `background-reply:${id}`;
}
