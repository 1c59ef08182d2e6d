import { Injectable } from '@nestjs/common';
import { readSql, type Tx } from '@memori/database';
import type { UserScope } from '@memori/scope';

const DOCUMENTS = readSql(__dirname, 'import-documents.sql');
const MEMORIES = readSql(__dirname, 'import-memories.sql');

export interface KnownMemory {
  readonly id: string;
  readonly userId: string | null;
  readonly updatedAt: string;
  readonly namespace: string | null;
  readonly fingerprint: string | null;
  /** Drawn, and no newer fact ended it: of these there is one of the same words. */
  readonly isLiving: boolean;
}

/** A row as the SQL takes it. */
export type ImportRow = Readonly<Record<string, unknown>> & { readonly id: string };

/** Writes what comes from elsewhere. Tenant and user stand in every WHERE; row level security is the second wall. */
@Injectable()
export class ImportRepository {
  /** Two imports of one user come one after the other. */
  async lockImports(tx: Tx, { tenantId, userId }: UserScope): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      JSON.stringify(['memori.import', tenantId, userId]),
    ]);
  }

  /** Links of a chain may come before the facts that they name. */
  async deferLinks(tx: Tx): Promise<void> {
    await tx.query('SET CONSTRAINTS memori.memories_supersedes_fkey DEFERRED');
  }

  async sessions(
    tx: Tx,
    { tenantId, userId }: UserScope,
    ids: readonly string[],
  ): Promise<Map<string, { id: string; namespace: string; isolated: boolean }>> {
    const rows = await tx.query<{ id: string; namespace: string; isolated: boolean }>(
      'SELECT id, namespace, isolated FROM memori.sessions WHERE tenant_id = $1 AND user_id = $2 AND id = ANY ($3)',
      [tenantId, userId, ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Which of these turns are the user's. */
  async turns(tx: Tx, { tenantId, userId }: UserScope, ids: readonly string[]): Promise<Set<string>> {
    const rows = await tx.query<{ id: string }>(
      'SELECT id FROM memori.turns WHERE tenant_id = $1 AND user_id = $2 AND id = ANY ($3)',
      [tenantId, userId, ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async summary(
    tx: Tx,
    { tenantId, userId }: UserScope,
    summary: {
      sessionId: string;
      content: string;
      uptoSeq: number;
      turnIds: readonly string[];
      updatedAt: string | null;
    },
  ): Promise<boolean> {
    const { sessionId, content, uptoSeq, turnIds, updatedAt } = summary;
    const rows = await tx.query(
      `INSERT INTO memori.session_summaries AS y (session_id, tenant_id, user_id, content, upto_seq, turn_ids, updated_at)
       SELECT s.id, $1, $2, $4, $5, ARRAY(SELECT t.id FROM memori.turns t WHERE t.session_id = s.id AND t.id = ANY ($6)
         ORDER BY array_position($6, t.id)), coalesce($7::timestamptz, clock_timestamp())
       FROM memori.sessions s WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.id = $3 AND NOT s.isolated
       ON CONFLICT (session_id) DO UPDATE SET content = excluded.content, upto_seq = excluded.upto_seq,
         turn_ids = excluded.turn_ids, updated_at = excluded.updated_at
       WHERE y.upto_seq < excluded.upto_seq RETURNING session_id`,
      [tenantId, userId, sessionId, content, uptoSeq, turnIds, updatedAt],
    );
    return rows.length > 0;
  }

  /** Documents that are here under one of these ids or keys. */
  async knownDocuments(
    tx: Tx,
    { tenantId, userId }: UserScope,
    ids: readonly string[],
    keys: readonly string[],
  ): Promise<{ id: string; userId: string | null; namespace: string | null; key: string; version: number }[]> {
    return tx.query(
      `SELECT id, user_id AS "userId", namespace, key, version FROM memori.documents
       WHERE tenant_id = $1 AND (user_id = $2 OR user_id IS NULL) AND (id = ANY ($3) OR key = ANY ($4))`,
      [tenantId, userId, ids, keys],
    );
  }

  async keepDocuments(tx: Tx, { tenantId, userId }: UserScope, rows: readonly ImportRow[]): Promise<Set<string>> {
    if (rows.length === 0) return new Set();
    const written = await tx.query<{ id: string }>(DOCUMENTS, [tenantId, userId, JSON.stringify(rows)]);
    return new Set(written.map(({ id }) => id));
  }

  /** Memories that are here under one of these ids, and living facts of the same words. */
  async knownMemories(
    tx: Tx,
    { tenantId, userId }: UserScope,
    ids: readonly string[],
    fingerprints: readonly string[],
  ): Promise<KnownMemory[]> {
    return tx.query<KnownMemory & Record<string, unknown>>(
      `SELECT id, user_id AS "userId", namespace, fingerprint, origin = 'drawn' AND superseded_by IS NULL AS "isLiving",
         to_jsonb(updated_at) #>> '{}' AS "updatedAt"
       FROM memori.memories WHERE tenant_id = $1 AND (user_id = $2 OR user_id IS NULL)
         AND (id = ANY ($3) OR (user_id = $2 AND fingerprint = ANY ($4) AND origin = 'drawn' AND superseded_by IS NULL))`,
      [tenantId, userId, ids, fingerprints],
    );
  }

  async keepMemories(tx: Tx, { tenantId, userId }: UserScope, rows: readonly ImportRow[]): Promise<Set<string>> {
    if (rows.length === 0) return new Set();
    const written = await tx.query<{ id: string }>(MEMORIES, [tenantId, userId, JSON.stringify(rows)]);
    return new Set(written.map(({ id }) => id));
  }

  /** Sources that came after the memory that names them. */
  async resolveSources(
    tx: Tx,
    { tenantId, userId }: UserScope,
    sources: ReadonlyMap<string, readonly string[]>,
  ): Promise<void> {
    const rows = [...sources].map(([id, turnIds]) => ({ id, turnIds }));
    await tx.query(
      `UPDATE memori.memories m SET source_turn_ids = ARRAY(
         SELECT u.id FROM unnest(g."turnIds") WITH ORDINALITY AS u (id, place)
         JOIN memori.turns t ON t.id = u.id AND t.tenant_id = $1 AND t.user_id = $2 ORDER BY u.place)
       FROM jsonb_to_recordset($3) AS g (id uuid, "turnIds" uuid[])
       WHERE m.tenant_id = $1 AND (m.user_id = $2 OR m.user_id IS NULL) AND m.id = g.id`,
      [tenantId, userId, JSON.stringify(rows)],
    );
  }

  /** Which memory tells of which old session. */
  async linkEpisodes(
    tx: Tx,
    { tenantId, userId }: UserScope,
    links: readonly { id: string; memoryId: string }[],
  ): Promise<void> {
    if (links.length === 0) return;
    await tx.query(
      `UPDATE memori.sessions s SET consolidated_in = m.id
       FROM jsonb_to_recordset($3) AS g (id uuid, "memoryId" uuid)
       JOIN memori.memories m ON m.id = g."memoryId" AND m.tenant_id = $1 AND m.user_id = $2
       WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.id = g.id AND s.consolidated_in IS NULL`,
      [tenantId, userId, JSON.stringify(links)],
    );
  }

  /**
   * Links to facts that did not come and are not here lead nowhere: they go. A fact that such a one had ended stays ended;
   * where another of the same words lives, that one speaks for both.
   */
  async dropDangling(tx: Tx, { tenantId, userId }: UserScope, targets: readonly string[]): Promise<void> {
    if (targets.length === 0) return;
    const rows = await tx.query<{ id: string }>(
      `SELECT u AS id FROM unnest($3::uuid[]) AS u
       WHERE NOT EXISTS (SELECT FROM memori.memories m WHERE m.id = u AND m.tenant_id = $1 AND (m.user_id = $2 OR m.user_id IS NULL))`,
      [tenantId, userId, targets],
    );
    const gone = rows.map(({ id }) => id);
    if (gone.length === 0) return;
    const params = [tenantId, userId, gone];
    await tx.query(
      `DELETE FROM memori.memories m WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.superseded_by = ANY ($3) AND m.origin = 'drawn'
         AND EXISTS (SELECT FROM memori.memories o WHERE o.tenant_id = $1 AND o.user_id = $2 AND o.namespace = m.namespace
           AND o.fingerprint = m.fingerprint AND o.origin = 'drawn' AND o.id <> m.id
           AND (o.superseded_by IS NULL OR (o.superseded_by = ANY ($3) AND o.id > m.id)))`,
      params,
    );
    for (const column of ['superseded_by', 'supersedes'])
      await tx.query(
        `UPDATE memori.memories SET ${column} = NULL
         WHERE tenant_id = $1 AND (user_id = $2 OR user_id IS NULL) AND ${column} = ANY ($3)`,
        params,
      );
    await tx.query(
      `UPDATE memori.memory_history SET superseded_by = NULL
       WHERE tenant_id = $1 AND (user_id = $2 OR user_id IS NULL) AND superseded_by = ANY ($3)`,
      params,
    );
  }

  /** States that a memory had; those that are known stay. The ids of the memories that are the user's to write. */
  async keepVersions(
    tx: Tx,
    { tenantId, userId }: UserScope,
    writesTenant: boolean,
    rows: readonly object[],
  ): Promise<{ memoryId: string; version: number }[]> {
    if (rows.length === 0) return [];
    return tx.query(
      `INSERT INTO memori.memory_history (memory_id, version, tenant_id, user_id, category, content, importance, valid_from,
         valid_to, changed_by, changed_at, superseded_by)
       SELECT m.id, g.version, $1, m.user_id, g.category, g.content, g.importance, g."validFrom", g."validTo", g."changedBy",
         coalesce(g."changedAt", clock_timestamp()), g."supersededBy"
       FROM jsonb_to_recordset($3) AS g ("memoryId" uuid, version integer, category text, content text, importance real,
         "validFrom" timestamptz, "validTo" timestamptz, "changedBy" text, "changedAt" timestamptz, "supersededBy" uuid)
       JOIN memori.memories m ON m.id = g."memoryId" AND m.tenant_id = $1 AND (m.user_id = $2 OR ($4 AND m.user_id IS NULL))
       ON CONFLICT (memory_id, version) DO NOTHING RETURNING memory_id AS "memoryId", version`,
      [tenantId, userId, JSON.stringify(rows), writesTenant],
    );
  }

  /** A memory that came without its present state in the history gets it. */
  async completeHistory(tx: Tx, { tenantId, userId }: UserScope, writesTenant: boolean): Promise<void> {
    await tx.query(
      `INSERT INTO memori.memory_history (memory_id, version, tenant_id, user_id, category, content, importance, valid_from,
         valid_to, changed_by, changed_at, superseded_by)
       SELECT m.id, m.version, m.tenant_id, m.user_id, m.category, m.content, m.importance, m.valid_from, m.valid_to,
         CASE WHEN m.origin = 'drawn' THEN 'memori' ELSE m.created_by END, m.updated_at, m.superseded_by
       FROM memori.memories m WHERE m.tenant_id = $1 AND (m.user_id = $2 OR ($3 AND m.user_id IS NULL))
         AND NOT EXISTS (SELECT FROM memori.memory_history h WHERE h.memory_id = m.id AND h.version = m.version)`,
      [tenantId, userId, writesTenant],
    );
  }
}
