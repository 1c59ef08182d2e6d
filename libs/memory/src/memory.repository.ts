import { Injectable } from '@nestjs/common';
import { type FindOptionsWhere, IsNull, LessThan } from 'typeorm';
import { Database, type DbScope, readSql, type Tx } from '@memori/database';
import type { UserScope } from '@memori/scope';
import { MemoryEntity, MemoryVersionEntity } from './memory.entity';
import type {
  MemoryCategory,
  MemoryFilter,
  MemoryLink,
  MemoryRecord,
  MemoryScope,
  MemoryVersion,
} from './memory.types';

const CHAIN = readSql(__dirname, 'memory-chain.sql');

/** Everything that a memory is made of when it is written. */
export interface MemoryDraft {
  readonly id: string;
  readonly scope: MemoryScope;
  readonly userId: string | null;
  readonly namespace: string | null;
  readonly sessionId: string | null;
  readonly isolated: boolean;
  readonly sourceTurnIds: readonly string[];
  readonly sourceMemoryIds: readonly string[];
  readonly trust: number;
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
  readonly fingerprint: string;
  readonly essential: boolean;
}

/** Memories in PostgreSQL. Tenant and user stand in every WHERE; row level security is the second wall. */
@Injectable()
export class MemoryRepository {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, author: UserScope, draft: MemoryDraft, scopeVersion: string): Promise<MemoryRecord> {
    const { state, sourceTurnIds, sourceMemoryIds, ...place } = draft;
    const memory = tx.manager.create(MemoryEntity, {
      ...place,
      ...state,
      tenantId: author.tenantId,
      sourceTurnIds: [...sourceTurnIds],
      sourceMemoryIds: [...sourceMemoryIds],
      origin: 'told',
      statedTo: state.validTo,
      createdBy: author.userId,
      scopeVersion,
    });
    await tx.manager.insert(MemoryEntity, memory);
    await this.keepVersion(tx, author, memory);
    return toRecord(memory);
  }

  async update(tx: Tx, author: UserScope, id: string, state: MemoryState, scopeVersion: string): Promise<MemoryRecord> {
    const memory = await tx.manager.findOneBy(MemoryEntity, readable(author, { id }));
    if (!memory) throw new Error('A locked memory is gone');
    const change = {
      ...state,
      statedTo: state.validTo,
      scopeVersion,
      version: memory.version + 1,
      updatedAt: new Date(),
    };
    await tx.manager.update(MemoryEntity, { tenantId: author.tenantId, id }, change);
    const changed = Object.assign(memory, change);
    await this.keepVersion(tx, author, changed);
    return toRecord(changed);
  }

  /** Its history goes with it. */
  async delete(tx: Tx, scope: UserScope, id: string): Promise<void> {
    for (const where of readable(scope, { id })) await tx.manager.delete(MemoryEntity, where);
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

  find(scope: UserScope, id: string): Promise<MemoryRecord | undefined> {
    return this.read(scope, async ({ manager }) => {
      const memory = await manager.findOneBy(MemoryEntity, readable(scope, { id }));
      return memory ? toRecord(memory) : undefined;
    });
  }

  /** Until the end of the transaction nobody else changes it. */
  async lock(tx: Tx, scope: UserScope, id: string): Promise<MemoryRecord | undefined> {
    const where = readable(scope, { id });
    const memory = await tx.manager.findOne(MemoryEntity, { where, lock: { mode: 'pessimistic_write' } });
    return memory ? toRecord(memory) : undefined;
  }

  /** The newest first. */
  list(scope: UserScope, filter: MemoryFilter, before: string | null, limit: number): Promise<MemoryRecord[]> {
    const where = readable(scope, { ...filterOf(filter), ...(before !== null && { id: LessThan(before) }) });
    return this.read(scope, async ({ manager }) => {
      const memories = await manager.find(MemoryEntity, { where, order: { id: 'DESC' }, take: limit });
      return memories.map(toRecord);
    });
  }

  /** All facts that ended one another, this one among them, the oldest first. */
  async chain({ tenantId, userId }: UserScope, id: string): Promise<MemoryLink[]> {
    const rows = await this.database.query<MemoryLink & { validFrom: Date | null; validTo: Date | null }>(
      { tenantId, userId },
      CHAIN,
      [tenantId, userId, id],
    );
    return rows.map((row) => ({ ...row, ...validityOf(row) }));
  }

  history(scope: UserScope, memoryId: string): Promise<MemoryVersion[]> {
    const where = readable(scope, { memoryId });
    return this.read(scope, async ({ manager }) => {
      const versions = await manager.find(MemoryVersionEntity, { where, order: { version: 'ASC' } });
      return versions.map(toVersion);
    });
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

  /** Those of these memories that the user may read, in this namespace and for the whole tenant. */
  async knownMemories(
    tx: Tx,
    scope: UserScope,
    namespace: string | null,
    sessionId: string | null,
    ids: readonly string[],
  ): Promise<Map<string, number>> {
    const rows = await tx.query<{ id: string; trust: number }>(
      `SELECT id, trust FROM memori.memories WHERE tenant_id = $1 AND (user_id = $2 OR user_id IS NULL) AND id = ANY ($5)
         AND ($3::text IS NULL OR namespace IS NULL OR namespace = $3) AND (scope <> 'session' OR session_id = $4)`,
      [scope.tenantId, scope.userId, namespace, sessionId, ids],
    );
    return new Map(rows.map(({ id, trust }) => [id, trust]));
  }

  /** The lowest trust of what stood in a prompt before one of these turns was replied; 1 for what people said. */
  async trustOfTurns(tx: Tx, scope: UserScope, ids: readonly string[]): Promise<number> {
    const [row] = await tx.query<{ trust: number | null }>(
      `SELECT min(r.trust) AS trust FROM memori.turns t
       JOIN memori.recalled r ON r.session_id = t.session_id AND r.recalled_at <= t.recorded_at
       WHERE t.tenant_id = $1 AND t.user_id = $2 AND t.id = ANY ($3) AND t.role = 'assistant'`,
      [scope.tenantId, scope.userId, ids],
    );
    return row?.trust ?? 1;
  }

  private async keepVersion({ manager }: Tx, author: UserScope, memory: MemoryEntity): Promise<void> {
    const { id: memoryId, version, tenantId, userId, category, content, importance, validFrom, validTo } = memory;
    const supersededBy = memory.supersededBy ?? null;
    const state = { version, tenantId, userId, category, content, importance, validFrom, validTo, supersededBy };
    await manager.insert(MemoryVersionEntity, { memoryId, ...state, changedBy: author.userId });
  }

  private read<T>(scope: UserScope, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.transaction(scopeOf(scope), work, { readOnly: true });
  }
}

/** Of a principal, what the database is told. */
function scopeOf({ tenantId, userId }: UserScope): DbScope {
  return { tenantId, userId };
}

/** A user reads what is his and what is the whole tenant's. */
function readable<Where extends object>({ tenantId, userId }: UserScope, where: Where) {
  return [
    { ...where, tenantId, userId },
    { ...where, tenantId, userId: IsNull() },
  ];
}

/** TypeORM refuses a condition that is undefined, and well it does. */
function filterOf({ scope, namespace, category, sessionId, documentId }: MemoryFilter): FindOptionsWhere<MemoryEntity> {
  return {
    ...(scope !== undefined && { scope }),
    ...(namespace !== undefined && { namespace }),
    ...(category !== undefined && { category }),
    ...(sessionId !== undefined && { sessionId }),
    ...(documentId !== undefined && { documentId }),
  };
}

/** Each field that leaves this lib. */
function toRecord(memory: MemoryEntity): MemoryRecord {
  const { id, scope, userId, namespace, sessionId, category, content, importance, sourceTurnIds, version } = memory;
  const { trust, documentId, heading, sourceMemoryIds } = memory;
  const { origin, subject, predicate, essential, support, uses, lastUsedAt, saidAt, supersedes, supersededBy } = memory;
  return {
    id,
    scope,
    userId,
    namespace,
    sessionId,
    category,
    content,
    importance,
    origin,
    trust,
    documentId: documentId ?? null,
    heading: heading ?? null,
    subject: subject ?? null,
    predicate: predicate ?? null,
    essential,
    support: support ?? 1,
    uses: uses ?? 0,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    saidAt: saidAt?.toISOString() ?? null,
    supersedes: supersedes ?? null,
    supersededBy: supersededBy ?? null,
    sourceTurnIds,
    sourceMemoryIds,
    ...validityOf(memory),
    version,
    createdAt: memory.createdAt.toISOString(),
    updatedAt: memory.updatedAt.toISOString(),
  };
}

function toVersion(row: MemoryVersionEntity): MemoryVersion {
  const { version, content, category, importance, changedBy, changedAt } = row;
  return {
    version,
    content,
    category,
    importance,
    ...validityOf(row),
    supersededBy: row.supersededBy,
    changedBy,
    changedAt: changedAt.toISOString(),
  };
}

function validityOf({ validFrom, validTo }: { validFrom: Date | null; validTo: Date | null }) {
  return { validFrom: validFrom?.toISOString() ?? null, validTo: validTo?.toISOString() ?? null };
}
