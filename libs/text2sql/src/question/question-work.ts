import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database } from '@memori/database';
import { FailedWork, FailedWorkRegistry, QuestionNudger, type WorkItem, type WorkQuery } from '@memori/queue';
import { isId, type Principal, type TenantScope } from '@memori/scope';
import { Audit } from '@memori/security';
import { maskLiterals } from '../execution/mask-literals';
import { queueFullError } from './question-errors';
import { QuestionSignals } from './question-signals';

/** Reasons that pass: what failed for one of these may well succeed later. */
const PASSING = [
  'queue-full',
  'queue-timeout',
  'provider-rate-limited',
  'provider-overloaded',
  'provider-unavailable',
  'provider-spend-limit',
  'model-not-configured',
  'model-reply-invalid',
  'budget-exhausted',
  'data-source-unreachable',
  'database-unavailable',
  'sql-timeout',
  'shutting-down',
  // Its run broke off every time, or met a bug that may be mended by now.
  'internal',
];

const TIME = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;
const COLUMNS = `id, 'question' AS kind, 'failed' AS state, attempts + lost_claims AS attempts, error->>'code' AS code,
  error->>'detail' AS message, to_char(created_at AT TIME ZONE 'UTC', ${TIME}) AS "createdAt",
  to_char(finished_at AT TIME ZONE 'UTC', ${TIME}) AS "failedAt", true AS retryable`;

/** Questions that failed for a passing reason, for those who look after them. Their text stays with who asked. */
@Injectable()
export class QuestionWork extends FailedWork implements OnModuleInit {
  readonly kind = 'question';

  constructor(
    private readonly database: Database,
    private readonly registry: FailedWorkRegistry,
    private readonly audit: Audit,
    private readonly nudger: QuestionNudger,
    private readonly signals: QuestionSignals,
    private readonly env: Env,
  ) {
    super();
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async list({ tenantId }: TenantScope, { state, after, limit }: WorkQuery): Promise<WorkItem[]> {
    if (state !== 'failed') return [];
    const rows = await this.database.query<WorkItem>(
      { tenantId },
      `SELECT ${COLUMNS} FROM memori.questions
       WHERE tenant_id = $1 AND status = 'failed' AND error->>'code' = ANY ($2)
         AND ($3::timestamptz IS NULL OR (finished_at, id::text COLLATE "C") < ($3, $4::text COLLATE "C"))
       ORDER BY finished_at DESC, id DESC LIMIT $5`,
      [tenantId, PASSING, after?.at ?? null, after?.id ?? null, limit],
    );
    return rows.map(masked);
  }

  async find({ tenantId }: TenantScope, id: string): Promise<WorkItem | undefined> {
    if (!isId(id)) return undefined;
    const [item] = await this.database.query<WorkItem>(
      { tenantId },
      `SELECT ${COLUMNS} FROM memori.questions
       WHERE tenant_id = $1 AND id = $2 AND status = 'failed' AND error->>'code' = ANY ($3)`,
      [tenantId, id, PASSING],
    );
    return item && masked(item);
  }

  /** With the rights of the one who asked, whoever says so. */
  async retry(principal: Principal, id: string, requestId: string | undefined): Promise<WorkItem | undefined> {
    const { tenantId } = principal;
    const before = await this.find({ tenantId }, id);
    if (!before) return undefined;
    const [row] = await this.database.call<{ outcome: 'queued' | 'not-failed' | 'full' }>(
      'SELECT memori.replay_question($1, $2, $3, $4) AS outcome',
      [tenantId, id, PASSING, this.env.MEMORI_QUEUE_MAX_WAITING],
    );
    if (row?.outcome === 'full') throw queueFullError(this.env.MEMORI_QUEUE_MAX_WAITING);
    if (row?.outcome !== 'queued') return undefined;
    await this.database.transaction({ tenantId }, (tx) =>
      this.audit.record(tx, {
        principal,
        action: 'job.retried',
        subjectType: 'question',
        subjectId: id,
        requestId,
        details: { code: before.code },
      }),
    );
    this.signals.tell(id);
    await this.nudger.nudge();
    return { ...before, state: 'waiting', failedAt: null, retryable: false };
  }
}

function masked(item: WorkItem): WorkItem {
  return { ...item, message: item.message === null ? null : maskLiterals(item.message, '') };
}
