import type { ResultShape, SessionRecord, Turn, TurnRole } from './session.types';

/** The columns that a SessionRecord is made of; versions are numbers of less than 2^53. */
export const SESSION_COLUMNS = `id, tenant_id, user_id, external_id, namespace, title, isolated, ttl_seconds, created_at,
  last_active_at, expires_at, archived_at, version`;

export interface SessionRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly user_id: string;
  readonly external_id: string | null;
  readonly namespace: string;
  readonly title: string | null;
  readonly isolated: boolean;
  readonly ttl_seconds: number;
  readonly created_at: Date;
  readonly last_active_at: Date;
  readonly expires_at: Date;
  readonly archived_at: Date | null;
  readonly version: string;
}

export interface TurnColumns {
  readonly id: string;
  readonly session_id: string;
  readonly seq: number;
  readonly role: TurnRole;
  readonly name: string | null;
  readonly content: string;
  readonly external_id: string | null;
  readonly occurred_at: Date;
  readonly question_id: string | null;
  readonly sql: string | null;
  readonly result_shape: ResultShape | null;
}

export function toSession(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    userId: row.user_id,
    externalId: row.external_id,
    namespace: row.namespace,
    title: row.title,
    isolated: row.isolated,
    ttlSeconds: row.ttl_seconds,
    createdAt: row.created_at.toISOString(),
    lastActiveAt: row.last_active_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    archivedAt: row.archived_at?.toISOString() ?? null,
    version: Number(row.version),
  };
}

export function toTurn(row: TurnColumns): Turn {
  return {
    id: row.id,
    sessionId: row.session_id,
    seq: row.seq,
    role: row.role,
    name: row.name,
    content: row.content,
    externalId: row.external_id,
    occurredAt: row.occurred_at.toISOString(),
    questionId: row.question_id,
    sql: row.sql,
    resultShape: row.result_shape,
  };
}
