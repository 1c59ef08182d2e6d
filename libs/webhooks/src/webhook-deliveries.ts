import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '@memori/database';
import { isId, type Principal, type TenantScope } from '@memori/scope';
import { Audit } from '@memori/security';
import { FailedWork, FailedWorkRegistry, WebhookNudger, type WorkItem, type WorkQuery } from '@memori/queue';

/** A delivery as those who look after it see it: what became of it, never what it holds. */
export type DeliveryRecord = WorkItem;

const iso = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const COLUMNS = `d.id, 'webhook' AS kind, d.state, d.attempts, d.last_outcome AS code,
  'The receiver of the event ' || e.type || ' did not take it.' AS message, ${iso('d.created_at')} AS "createdAt",
  ${iso('d.ended_at')} AS "failedAt", d.state = 'failed' AS retryable`;

/** Deliveries that failed for good, and their second chance. */
@Injectable()
export class WebhookDeliveries extends FailedWork implements OnModuleInit {
  readonly kind = 'webhook';

  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly nudger: WebhookNudger,
    private readonly registry: FailedWorkRegistry,
  ) {
    super();
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  /** Those of one state (`failed`, `waiting`), newest first. */
  list({ tenantId }: TenantScope, { state, after, limit }: WorkQuery): Promise<DeliveryRecord[]> {
    return this.database.query<DeliveryRecord>(
      { tenantId },
      `SELECT ${COLUMNS} FROM memori.webhook_deliveries d JOIN memori.events e ON e.id = d.event_id
       WHERE d.tenant_id = $1 AND d.state = $2
         AND ($3::timestamptz IS NULL OR (coalesce(d.ended_at, d.created_at), d.id::text COLLATE "C") < ($3, $4::text COLLATE "C"))
       ORDER BY coalesce(d.ended_at, d.created_at) DESC, d.id DESC LIMIT $5`,
      [tenantId, state, after?.at ?? null, after?.id ?? null, limit],
    );
  }

  async find({ tenantId }: TenantScope, id: string): Promise<DeliveryRecord | undefined> {
    if (!isId(id)) return undefined;
    const [record] = await this.database.query<DeliveryRecord>(
      { tenantId },
      `SELECT ${COLUMNS} FROM memori.webhook_deliveries d JOIN memori.events e ON e.id = d.event_id
       WHERE d.tenant_id = $1 AND d.id = $2 AND d.state <> 'delivered'`,
      [tenantId, id],
    );
    return record;
  }

  /** Begins its attempts afresh. Undefined: there is none that failed. */
  async retry(principal: Principal, id: string, requestId?: string): Promise<DeliveryRecord | undefined> {
    if (!isId(id)) return undefined;
    const { tenantId } = principal;
    const isRetried = await this.database.transaction({ tenantId }, async (tx) => {
      const rows = await tx.query(
        `WITH again AS (UPDATE memori.webhook_deliveries SET state = 'waiting', attempts = 0, ended_at = NULL,
           run_after = clock_timestamp() WHERE tenant_id = $1 AND id = $2 AND state = 'failed' RETURNING 1)
         SELECT * FROM again`,
        [tenantId, id],
      );
      if (rows.length === 0) return false;
      const subject = { subjectType: 'webhook-delivery', subjectId: id, requestId };
      await this.audit.record(tx, { principal, action: 'webhook-delivery.retry', ...subject });
      return true;
    });
    if (!isRetried) return undefined;
    await this.nudger.nudge();
    return this.find(principal, id);
  }
}
