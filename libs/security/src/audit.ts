import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import type { Principal } from '@memori/scope';
import { decodeCursor, type Page, type PageRequest, pageOf } from './page';
import { requireRole } from './roles';

/** What one row of the audit log says. `details` holds ids, counts and hashes, never the text of a question, SQL or a row. */
export interface AuditEntry {
  readonly principal: Principal;
  readonly action: string;
  readonly subjectType?: string;
  readonly subjectId?: string;
  readonly requestId?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface AuditRecord {
  readonly id: string;
  readonly at: Date;
  readonly userId: string;
  readonly actedBy: string | null;
  readonly apiKeyId: string | null;
  readonly action: string;
  readonly subjectType: string | null;
  readonly subjectId: string | null;
  readonly requestId: string | null;
  readonly details: Record<string, unknown>;
}

const COLUMNS = `id, at, user_id AS "userId", acted_by AS "actedBy", api_key_id AS "apiKeyId", action,
  subject_type AS "subjectType", subject_id AS "subjectId", request_id AS "requestId", details`;

/** Who did what, append-only: the database refuses to change a row. */
@Injectable()
export class Audit {
  constructor(private readonly database: Database) {}

  /** In the transaction of the change itself: one is not there without the other. */
  async record(tx: Tx, entry: AuditEntry): Promise<void> {
    const { principal, action, subjectType = null, subjectId = null, requestId = null, details = {} } = entry;
    await tx.query(
      `INSERT INTO memori.audit_log (tenant_id, user_id, acted_by, api_key_id, action, subject_type, subject_id, request_id, details)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        principal.tenantId,
        principal.userId,
        principal.actedBy,
        principal.apiKeyId,
        action,
        subjectType,
        subjectId,
        requestId,
        JSON.stringify(details),
      ],
    );
  }

  /** The newest first. */
  async list(principal: Principal, page: PageRequest): Promise<Page<AuditRecord>> {
    requireRole(principal, 'administrator');
    const rows = await this.database.query<AuditRecord>(
      { tenantId: principal.tenantId },
      `SELECT ${COLUMNS} FROM memori.audit_log
       WHERE tenant_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
      [principal.tenantId, auditCursor(page.cursor), page.limit + 1],
    );
    return pageOf(rows, page.limit, (row) => row.id);
  }
}

function auditCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  return decodeCursor(cursor, /^[0-9]{1,18}$/);
}
