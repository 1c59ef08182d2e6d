import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '@memori/database';
import { FailedWork, FailedWorkRegistry, type WorkItem, type WorkQuery } from '@memori/queue';
import { isId, type Principal, type TenantScope } from '@memori/scope';
import { Audit } from '@memori/security';
import { BackgroundLlm } from './background-llm';
import { BACKGROUND_CHANNEL } from './background-repository';

const TIME = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;
const COLUMNS = `id, 'background' AS kind, state, attempts, error->>'code' AS code, error->>'message' AS message,
  to_char(created_at AT TIME ZONE 'UTC', ${TIME}) AS "createdAt",
  CASE state WHEN 'failed' THEN to_char(ended_at AT TIME ZONE 'UTC', ${TIME}) END AS "failedAt",
  state = 'failed' AS retryable`;

/** Background requests for those who look after them. */
@Injectable()
export class BackgroundWork extends FailedWork implements OnModuleInit {
  readonly kind = 'background';

  constructor(
    private readonly database: Database,
    private readonly door: BackgroundLlm,
    private readonly audit: Audit,
    private readonly registry: FailedWorkRegistry,
  ) {
    super();
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async list({ tenantId }: TenantScope, { state, after, limit }: WorkQuery): Promise<WorkItem[]> {
    const stored = this.storedState(state);
    if (!stored) return [];
    const moment = `coalesce(CASE state WHEN 'failed' THEN ended_at END, created_at)`;
    const rows = await this.database.query<WorkItem>(
      { tenantId },
      `SELECT ${COLUMNS} FROM memori.background_requests
       WHERE tenant_id = $1 AND state = $2
         AND ($3::timestamptz IS NULL OR (${moment}, id::text COLLATE "C") < ($3, $4::text COLLATE "C"))
       ORDER BY ${moment} DESC, id DESC LIMIT $5`,
      [tenantId, stored, after?.at ?? null, after?.id ?? null, limit],
    );
    return rows.map((item) => ({ ...item, state }));
  }

  async find({ tenantId }: TenantScope, id: string): Promise<WorkItem | undefined> {
    if (!isId(id)) return undefined;
    const [item] = await this.database.query<WorkItem>(
      { tenantId },
      `SELECT ${COLUMNS} FROM memori.background_requests WHERE tenant_id = $1 AND id = $2 AND state <> 'taken'`,
      [tenantId, id],
    );
    return item;
  }

  /** A reply that was paid for is delivered once more; anything else is asked for again. */
  async retry(principal: Principal, id: string, requestId: string | undefined): Promise<WorkItem | undefined> {
    const { tenantId } = principal;
    return this.database.transaction({ tenantId }, async (tx) => {
      const [item] = await tx.query<WorkItem>(
        `UPDATE memori.background_requests SET attempts = 0, deliveries = 0, run_after = clock_timestamp(),
           state = CASE WHEN reply_sealed IS NULL THEN 'waiting' ELSE 'ended' END
         WHERE tenant_id = $1 AND id = $2 AND state = 'failed' RETURNING ${COLUMNS}`,
        [tenantId, id],
      );
      if (!item) return undefined;
      await this.audit.record(tx, {
        principal,
        action: 'job.retried',
        subjectType: 'background',
        subjectId: id,
        requestId,
      });
      await tx.query('SELECT pg_notify($1, $2)', [BACKGROUND_CHANNEL, '']);
      return { ...item, state: 'waiting' as const };
    });
  }

  /** While calls are off, what waits is held. */
  private storedState(state: WorkQuery['state']): string | undefined {
    const waiting = this.door.isOn ? 'waiting' : 'held';
    if (state === waiting) return 'waiting';
    return state === 'failed' || state === 'submitted' ? state : undefined;
  }
}
