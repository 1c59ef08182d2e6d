import { Injectable } from '@nestjs/common';
import { Database, type DbScope, type Tx } from '@memori/database';
import type { UserScope } from '@memori/scope';
import type { MemoryCategory, MemoryFilter, MemoryRecord, MemoryScope, MemoryVersion } from './memory.types';

/** Everything that a memory is made of when it is written. */
export interface MemoryDraft {
  readonly id: string;
  readonly scope: MemoryScope;
  readonly userId: string | null;
  readonly namespace: string | null;
  readonly sessionId: string | null;
  readonly isolated: boolean;
  readonly sourceTurnIds: readonly string[];
  readonly state: MemoryState;
}

/** The part of a memory that can change. */
export interface MemoryState {
  readonly content: string;
  readonly category: MemoryCategory;
  readonly importance: number;
  readonly validFrom: Date | null;
  readonly validTo: Date | null;
  readonly terms: string;
}

interface MemoryRow extends Omit<MemoryRecord, 'validFrom' | 'validTo' | 'createdAt' | 'updatedAt'> {
  readonly validFrom: Date | null;
  readonly validTo: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const COLUMNS = `id, scope, user_id AS "userId", namespace, session_id AS "sessionId", category, content, importance,
  source_turn_ids AS "sourceTurnIds", valid_from AS "validFrom", valid_to AS "validTo", version, created_at AS "createdAt",
  updated_at AS "updatedAt"`;

// A user reads what is his and what is the whole tenant's.
const READABLE = 'tenant_id = $1 AND (user_id = $2 OR user_id IS NULL)';

/** Memories in PostgreSQL. Tenant and user stand in every WHERE; row level security is the second wall. */
@Injectable()
export class MemoryRepository {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, author: UserScope, draft: MemoryDraft, scopeVersion: string): Promise<MemoryRecord> {
    const { state } = draft;
    const [row] = await tx.query<MemoryRow>(
      `INSERT INTO memori.memories (id, tenant_id, user_id, scope, namespace, session_id, isolated, category, content,
         importance, origin, source_turn_ids, valid_from, valid_to, created_by, terms, scope_version)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'told', $11, $12, $13, $14, $15, $16) RETURNING ${COLUMNS}`,
      [
        draft.id,
        author.tenantId,
        draft.userId,
        draft.scope,
        draft.namespace,
        draft.sessionId,
        draft.isolated,
        state.category,
        state.content,
        state.importance,
        draft.sourceTurnIds,
        state.validFrom,
        state.validTo,
        author.userId,
        state.terms,
        scopeVersion,
      ],
    );
    await this.keepVersion(tx, author, draft.id);
    return toRecord(row as MemoryRow);
  }

  async update(tx: Tx, author: UserScope, id: string, state: MemoryState, scopeVersion: string): Promise<MemoryRecord> {
    const [row] = await tx.query<MemoryRow>(
      `UPDATE memori.memories SET content = $4, category = $5, importance = $6, valid_from = $7, valid_to = $8, terms = $9,
         scope_version = $10, version = version + 1, updated_at = clock_timestamp()
       WHERE ${READABLE} AND id = $3 RETURNING ${COLUMNS}`,
      [
        author.tenantId,
        author.userId,
        id,
        state.content,
        state.category,
        state.importance,
        state.validFrom,
        state.validTo,
        state.terms,
        scopeVersion,
      ],
    );
    if (!row) throw new Error('A locked memory is gone');
    await this.keepVersion(tx, author, id);
    return toRecord(row);
  }

  /** Its history goes with it. */
  async delete(tx: Tx, scope: UserScope, id: string): Promise<void> {
    await tx.query(`DELETE FROM memori.memories WHERE ${READABLE} AND id = $3`, [scope.tenantId, scope.userId, id]);
  }

  /** Readers of the namespace see the change at their next read. Taken before the row is written. */
  async touch(
    tx: Tx,
    tenantId: string,
    memory: Pick<MemoryRecord, 'userId' | 'namespace'>,
    erases: boolean,
  ): Promise<string> {
    const [userId, namespace] = memory.userId === null ? ['', ''] : [memory.userId, memory.namespace];
    const [row] = await tx.query<{ version: string }>('SELECT memori.touch_namespace($1, $2, $3, $4) AS version', [
      tenantId,
      userId,
      namespace,
      erases,
    ]);
    if (!row) throw new Error('memori.touch_namespace gave no version');
    return row.version;
  }

  async find(scope: UserScope, id: string): Promise<MemoryRecord | undefined> {
    const rows = await this.database.query<MemoryRow>(
      dbScope(scope),
      `SELECT ${COLUMNS} FROM memori.memories WHERE ${READABLE} AND id = $3`,
      [scope.tenantId, scope.userId, id],
    );
    return rows[0] && toRecord(rows[0]);
  }

  async lock(tx: Tx, scope: UserScope, id: string): Promise<MemoryRecord | undefined> {
    const rows = await tx.query<MemoryRow>(
      `SELECT ${COLUMNS} FROM memori.memories WHERE ${READABLE} AND id = $3 FOR UPDATE`,
      [scope.tenantId, scope.userId, id],
    );
    return rows[0] && toRecord(rows[0]);
  }

  /** The newest first. */
  async list(scope: UserScope, filter: MemoryFilter, before: string | null, limit: number): Promise<MemoryRecord[]> {
    const rows = await this.database.query<MemoryRow>(
      dbScope(scope),
      `SELECT ${COLUMNS} FROM memori.memories
       WHERE ${READABLE} AND ($3::uuid IS NULL OR id < $3) AND ($4::text IS NULL OR scope = $4)
         AND ($5::text IS NULL OR namespace = $5) AND ($6::text IS NULL OR category = $6) AND ($7::uuid IS NULL OR session_id = $7)
       ORDER BY id DESC LIMIT $8`,
      [
        scope.tenantId,
        scope.userId,
        before,
        filter.scope ?? null,
        filter.namespace ?? null,
        filter.category ?? null,
        filter.sessionId ?? null,
        limit,
      ],
    );
    return rows.map(toRecord);
  }

  async history(scope: UserScope, id: string): Promise<MemoryVersion[]> {
    const rows = await this.database.query<
      MemoryVersion & { validFrom: Date | null; validTo: Date | null; changedAt: Date }
    >(
      dbScope(scope),
      `SELECT version, content, category, importance, valid_from AS "validFrom", valid_to AS "validTo",
         changed_by AS "changedBy", changed_at AS "changedAt"
       FROM memori.memory_history WHERE ${READABLE} AND memory_id = $3 ORDER BY version`,
      [scope.tenantId, scope.userId, id],
    );
    return rows.map((row) => ({ ...row, ...datesOf(row), changedAt: row.changedAt.toISOString() }));
  }

  /** Keeps a session from being deleted until the end of the transaction. */
  async holdSession(tx: Tx, scope: UserScope, sessionId: string): Promise<void> {
    await tx.query('SELECT FROM memori.sessions WHERE tenant_id = $1 AND user_id = $2 AND id = $3 FOR KEY SHARE', [
      scope.tenantId,
      scope.userId,
      sessionId,
    ]);
  }

  /** Which of these turns the user has in the namespace, isolated sessions left out unless it is `sessionId`. */
  async knownTurns(
    tx: Tx,
    scope: UserScope,
    namespace: string | null,
    sessionId: string | null,
    ids: readonly string[],
  ): Promise<Set<string>> {
    const rows = await tx.query<{ id: string }>(
      `SELECT id FROM memori.turns WHERE tenant_id = $1 AND user_id = $2 AND id = ANY ($5)
         AND ($3::text IS NULL OR namespace = $3) AND (NOT isolated OR session_id = $4)`,
      [scope.tenantId, scope.userId, namespace, sessionId, ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  private async keepVersion(tx: Tx, author: UserScope, id: string): Promise<void> {
    await tx.query(
      `INSERT INTO memori.memory_history (memory_id, version, tenant_id, user_id, category, content, importance, valid_from, valid_to, changed_by)
       SELECT id, version, tenant_id, user_id, category, content, importance, valid_from, valid_to, $3
       FROM memori.memories WHERE tenant_id = $1 AND id = $2`,
      [author.tenantId, id, author.userId],
    );
  }
}

function dbScope({ tenantId, userId }: UserScope): DbScope {
  return { tenantId, userId };
}

function toRecord(row: MemoryRow): MemoryRecord {
  return { ...row, ...datesOf(row), createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

function datesOf(row: { validFrom: Date | null; validTo: Date | null }): {
  validFrom: string | null;
  validTo: string | null;
} {
  return { validFrom: row.validFrom?.toISOString() ?? null, validTo: row.validTo?.toISOString() ?? null };
}
