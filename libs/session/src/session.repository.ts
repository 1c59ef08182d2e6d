import { Injectable } from '@nestjs/common';
import { Database, readSql, type Tx } from '@memori/database';
import type { UserScope } from '@memori/scope';
import type { SessionRef } from './session-input';
import { SESSION_COLUMNS, type SessionRow, toSession, toTurn, type TurnColumns } from './session-rows';
import type { SessionRecord, Turn } from './session.types';
import type { TurnRow } from './turn-input';

const RECENT_TURNS = readSql(__dirname, 'recent-turns.sql');

export type ResumeState = 'opened' | 'resumed' | 'unknown' | 'expired' | 'archived';

export type NewSession = Pick<SessionRecord, 'id' | 'externalId' | 'namespace' | 'title' | 'isolated' | 'ttlSeconds'>;

export interface ResumeRequest {
  readonly ref: SessionRef | undefined;
  readonly newId: string;
  readonly namespace: string;
  readonly ttlSeconds: number;
}

/** The last turns of a session and the version that they belong to. */
export interface RecentTurns {
  readonly version: number;
  readonly lastSeq: number;
  readonly turns: Turn[];
}

/** Sessions and turns in PostgreSQL. Tenant and user stand in every WHERE; row level security is the second wall. */
@Injectable()
export class SessionRepository {
  constructor(private readonly database: Database) {}

  /** An expired session gives its external id up to a new one; nothing of it can be reached by that id any more. */
  async releaseExternalId(tx: Tx, scope: UserScope, externalId: string): Promise<void> {
    await tx.query(
      `UPDATE memori.sessions SET external_id = NULL
       WHERE tenant_id = $1 AND user_id = $2 AND external_id = $3 AND expires_at <= clock_timestamp()`,
      [scope.tenantId, scope.userId, externalId],
    );
  }

  /** Undefined when the user has a session with that external id. */
  async insert(tx: Tx, scope: UserScope, session: NewSession): Promise<SessionRecord | undefined> {
    const rows = await tx.query<SessionRow>(
      `INSERT INTO memori.sessions (id, tenant_id, user_id, external_id, namespace, title, isolated, ttl_seconds, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8::integer, clock_timestamp() + make_interval(secs => $8::integer))
       ON CONFLICT (tenant_id, user_id, external_id) DO NOTHING RETURNING ${SESSION_COLUMNS}`,
      [
        session.id,
        scope.tenantId,
        scope.userId,
        session.externalId,
        session.namespace,
        session.title,
        session.isolated,
        session.ttlSeconds,
      ],
    );
    return rows[0] && toSession(rows[0]);
  }

  async resume(
    tx: Tx,
    scope: UserScope,
    request: ResumeRequest,
  ): Promise<{ state: ResumeState; session?: SessionRecord }> {
    const { ref } = request;
    const [row] = await tx.query<SessionRow & { state: ResumeState }>(
      `SELECT state, (session).* FROM memori.resume_session($1, $2, $3, $4, $5, $6, $7)`,
      [
        scope.tenantId,
        scope.userId,
        ref && 'id' in ref ? ref.id : null,
        ref && 'externalId' in ref ? ref.externalId : null,
        request.newId,
        request.namespace,
        request.ttlSeconds,
      ],
    );
    if (!row) throw new Error('memori.resume_session gave no row');
    return { state: row.state, session: row.id ? toSession(row) : undefined };
  }

  /** `isExpired` by the database's clock, in the same statement. */
  async find(scope: UserScope, ref: SessionRef): Promise<{ session: SessionRecord; isExpired: boolean } | undefined> {
    const [row] = await this.database.query<SessionRow & { is_expired: boolean }>(
      { tenantId: scope.tenantId, userId: scope.userId },
      `SELECT ${SESSION_COLUMNS}, expires_at <= clock_timestamp() AS is_expired FROM memori.sessions WHERE ${BY_REF}`,
      refParams(scope, ref),
    );
    return row && { session: toSession(row), isExpired: row.is_expired };
  }

  /** The newest first; expired ones are left out. */
  async list(scope: UserScope, before: string | null, limit: number): Promise<SessionRecord[]> {
    const rows = await this.database.query<SessionRow>(
      { tenantId: scope.tenantId, userId: scope.userId },
      `SELECT ${SESSION_COLUMNS} FROM memori.sessions
       WHERE tenant_id = $1 AND user_id = $2 AND ($3::uuid IS NULL OR id < $3) AND expires_at > clock_timestamp()
       ORDER BY id DESC LIMIT $4`,
      [scope.tenantId, scope.userId, before, limit],
    );
    return rows.map(toSession);
  }

  /** Locks the session for a change of its own fields. */
  async lock(
    tx: Tx,
    scope: UserScope,
    ref: SessionRef,
  ): Promise<{ session: SessionRecord; isExpired: boolean } | undefined> {
    const [row] = await tx.query<SessionRow & { is_expired: boolean }>(
      `SELECT ${SESSION_COLUMNS}, expires_at <= clock_timestamp() AS is_expired FROM memori.sessions WHERE ${BY_REF} FOR UPDATE`,
      refParams(scope, ref),
    );
    return row && { session: toSession(row), isExpired: row.is_expired };
  }

  async change(tx: Tx, session: SessionRecord, title: string | null, ttlSeconds: number): Promise<SessionRecord> {
    return this.write(
      tx,
      session,
      'title = $4, ttl_seconds = $5::integer, expires_at = last_active_at + make_interval(secs => $5::integer)',
      [title, ttlSeconds],
    );
  }

  async setArchived(tx: Tx, session: SessionRecord, isArchived: boolean): Promise<SessionRecord> {
    return this.write(
      tx,
      session,
      'archived_at = CASE WHEN $4::boolean THEN coalesce(archived_at, clock_timestamp()) END',
      [isArchived],
    );
  }

  /** Its turns go with it. The namespace learns that something is gone. */
  async delete(tx: Tx, { tenantId, userId, id, namespace }: SessionRecord): Promise<void> {
    await tx.query('DELETE FROM memori.sessions WHERE tenant_id = $1 AND user_id = $2 AND id = $3', [
      tenantId,
      userId,
      id,
    ]);
    await tx.query('SELECT memori.touch_namespace($1, $2, $3, true)', [tenantId, userId, namespace]);
  }

  /** Undefined when the session is not there. */
  async record(
    tx: Tx,
    scope: UserScope,
    sessionId: string,
    rows: TurnRow[],
  ): Promise<{ id: string; created: boolean }[] | undefined> {
    const [result] = await tx.query<{ turns: { id: string; created: boolean }[] | null }>(
      'SELECT turns FROM memori.record_turns($1, $2, $3, $4)',
      [scope.tenantId, scope.userId, sessionId, JSON.stringify(rows)],
    );
    return result?.turns ?? undefined;
  }

  async turns(session: SessionRecord, afterSeq: number, limit: number): Promise<Turn[]> {
    const rows = await this.database.query<TurnColumns>(
      { tenantId: session.tenantId, userId: session.userId },
      `SELECT * FROM memori.turns WHERE tenant_id = $1 AND user_id = $2 AND session_id = $3 AND seq > $4 ORDER BY seq LIMIT $5`,
      [session.tenantId, session.userId, session.id, afterSeq, limit],
    );
    return rows.map(toTurn);
  }

  /** Undefined when the session is not there. */
  async recent(session: SessionRecord, count: number): Promise<RecentTurns | undefined> {
    const rows = await this.database.query<TurnColumns & { session_version: number; session_last_seq: number }>(
      { tenantId: session.tenantId, userId: session.userId },
      RECENT_TURNS,
      [session.tenantId, session.userId, session.id, count],
    );
    const [first] = rows;
    if (!first) return undefined;
    const turns = rows.filter((row) => row.id !== null).map(toTurn);
    return { version: first.session_version, lastSeq: first.session_last_seq, turns };
  }

  private async write(tx: Tx, session: SessionRecord, assignments: string, params: unknown[]): Promise<SessionRecord> {
    const [row] = await tx.query<SessionRow>(
      `UPDATE memori.sessions SET ${assignments}, version = nextval('memori.scope_version')
       WHERE tenant_id = $1 AND user_id = $2 AND id = $3 RETURNING ${SESSION_COLUMNS}`,
      [session.tenantId, session.userId, session.id, ...params],
    );
    if (!row) throw new Error('A locked session is gone');
    return toSession(row);
  }
}

const BY_REF =
  'tenant_id = $1 AND user_id = $2 AND ($3::uuid IS NULL OR id = $3) AND ($4::text IS NULL OR external_id = $4)';

function refParams(scope: UserScope, ref: SessionRef): unknown[] {
  const [id, externalId] = 'id' in ref ? [ref.id, null] : [null, ref.externalId];
  return [scope.tenantId, scope.userId, id, externalId];
}
