import { Injectable } from '@nestjs/common';
import { Database, readSql, type Tx } from '@memori/database';
import type { UserScope } from '@memori/scope';
import type { TurnRole } from '@memori/session';
import { indexTokens } from '@memori/text';
import type { Correction, SourceTurn } from './fact-lines';
import type { SentTurn } from './fact-reply';
import type { FactSettings } from './fact-settings';
import type { KnownFact, Outcome } from './reconcile';
import type { RecalledText } from './recalled-text';

const UNDRAWN = readSql(__dirname, 'facts-undrawn.sql');
const KEEP = readSql(__dirname, 'facts-keep.sql');
const CLOSE = readSql(__dirname, 'facts-close.sql');
/** Turns that a fact names as its sources at most, however often it is said. */
const MOST_SOURCES = 50;

export interface SessionPlace extends UserScope {
  readonly id: string;
}

/** A session of which something is to be drawn. */
export interface UndrawnSession {
  readonly namespace: string;
  readonly isolated: boolean;
  readonly drawnSeq: number;
  readonly timeZone: string;
  /** False: the tenant draws no facts. */
  readonly draws: boolean;
}

interface TurnRow {
  readonly id: string;
  readonly seq: number;
  readonly role: TurnRole;
  readonly name: string | null;
  readonly content: string;
  readonly occurred_at: Date;
  readonly question_id: string | null;
  readonly sql: string | null;
}

type Inserted = Extract<Outcome, { kind: 'insert' }>;

/** What facts are drawn from and kept in. Tenant and user stand in every WHERE; row level security is the second wall. */
@Injectable()
export class FactRepository {
  constructor(private readonly database: Database) {}

  /** Over all tenants: where something was said that was not looked at. */
  due({ quietMs, enoughTurns, patienceMs }: FactSettings, most: number): Promise<SessionPlace[]> {
    return this.database.call<SessionPlace>(
      `SELECT id, tenant_id AS "tenantId", user_id AS "userId" FROM memori.sessions_to_draw($1, $2, $3, $4)`,
      [quietMs, enoughTurns, patienceMs, most],
    );
  }

  async lockUndrawn(tx: Tx, { tenantId, userId, id }: SessionPlace): Promise<UndrawnSession | undefined> {
    const [row] = await tx.query<{
      namespace: string;
      isolated: boolean;
      drawn_seq: number;
      time_zone: string;
      draws: boolean;
    }>(UNDRAWN, [tenantId, userId, id]);
    if (!row) return undefined;
    const { namespace, isolated, draws } = row;
    return { namespace, isolated, draws, drawnSeq: row.drawn_seq, timeZone: row.time_zone };
  }

  async turnsAfter(tx: Tx, session: SessionPlace, seq: number, most: number): Promise<SourceTurn[]> {
    return this.turns(tx, session, 'seq > $4 ORDER BY seq LIMIT $5', seq, most);
  }

  async turnsUpTo(tx: Tx, session: SessionPlace, seq: number, most: number): Promise<SourceTurn[]> {
    return (await this.turns(tx, session, 'seq <= $4 ORDER BY seq DESC LIMIT $5', seq, most)).reverse();
  }

  async noteDrawn(tx: Tx, { tenantId, userId, id }: SessionPlace, seq: number | null): Promise<void> {
    await tx.query(
      `UPDATE memori.sessions SET drawn_seq = greatest(drawn_seq, coalesce($4::integer, last_seq))
       WHERE tenant_id = $1 AND user_id = $2 AND id = $3`,
      [tenantId, userId, id, seq],
    );
  }

  async addCorrection(
    tx: Tx,
    session: SessionPlace,
    correction: { id: string; questionId: string; note: string | null; sql: string | null },
  ): Promise<void> {
    await tx.query(
      `INSERT INTO memori.corrections (id, tenant_id, user_id, session_id, question_id, note, sql)
       SELECT $4, $1, $2, s.id, $5, $6, $7 FROM memori.sessions s
       WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.id = $3 AND NOT s.isolated`,
      [
        session.tenantId,
        session.userId,
        session.id,
        correction.id,
        correction.questionId,
        correction.note,
        correction.sql,
      ],
    );
  }

  /** They are in the request from now on. */
  async takeCorrections(tx: Tx, { tenantId, userId, id }: SessionPlace): Promise<Correction[]> {
    const rows = await tx.query<Correction & { turnId: string | null }>(
      `WITH taken AS (
         DELETE FROM memori.corrections WHERE tenant_id = $1 AND user_id = $2 AND session_id = $3 RETURNING *
       )
       SELECT c.id, t.id AS "turnId", t.content AS question, c.note, c.sql, c.said_at AS "saidAt"
       FROM taken c LEFT JOIN memori.turns t ON t.session_id = $3 AND t.question_id = c.question_id AND t.role = 'user'
       ORDER BY c.id`,
      [tenantId, userId, id],
    );
    return rows.filter(({ turnId }) => turnId !== null);
  }

  /** Of those that were sent, the ones that are still there. */
  async sentTurns(tx: Tx, session: SessionPlace, ids: readonly string[]): Promise<Map<string, SentTurn>> {
    const rows = await tx.query<{ id: string; role: string; questionId: string | null; saidAt: Date }>(
      `SELECT id, role, question_id AS "questionId", occurred_at AS "saidAt" FROM memori.turns
       WHERE tenant_id = $1 AND user_id = $2 AND session_id = $3 AND id = ANY ($4) AND NOT isolated`,
      [session.tenantId, session.userId, session.id, ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** The latest that was drawn, in the words in which it was: for naming the same thing in the same way. */
  async latest(tx: Tx, { tenantId, userId }: UserScope, namespace: string, most: number): Promise<string[]> {
    const rows = await tx.query<{ content: string; subject: string | null; predicate: string | null }>(
      `SELECT content, subject, predicate FROM memori.memories
       WHERE tenant_id = $1 AND user_id = $2 AND namespace = $3 AND origin = 'drawn' AND superseded_by IS NULL
       ORDER BY id DESC LIMIT $4`,
      [tenantId, userId, namespace, most],
    );
    return rows.map(({ content, subject, predicate }) =>
      subject && predicate ? `${content} (${subject} | ${predicate})` : content,
    );
  }

  /** Whatever one of the keys or fingerprints may meet. The namespace is locked by then. */
  async known(
    tx: Tx,
    { tenantId, userId }: UserScope,
    namespace: string,
    keys: readonly (string | null)[],
    fingerprints: readonly string[],
  ): Promise<KnownFact[]> {
    return tx.query<KnownFact & Record<string, unknown>>(
      `SELECT id, origin, content, subject, predicate, fact_key AS key, negated, coalesce(fingerprint, '') AS fingerprint,
              coalesce(valid_from, said_at, created_at) AS since, valid_to AS "validTo", source_turn_ids AS "turnIds", trust
       FROM memori.memories
       WHERE tenant_id = $1 AND user_id = $2 AND namespace = $3 AND scope = 'user' AND origin IN ('told', 'drawn')
         AND (fact_key = ANY ($4) OR fingerprint = ANY ($5))`,
      [tenantId, userId, namespace, keys.filter((key) => key !== null), fingerprints],
    );
  }

  /** The ids of those that were written. */
  async keep(
    tx: Tx,
    { tenantId, userId }: UserScope,
    namespace: string,
    inserts: readonly Inserted[],
    scopeVersion: string,
  ): Promise<Set<string>> {
    if (inserts.length === 0) return new Set();
    const rows = inserts.map(({ fact, validFrom, validTo, supersededBy, closes }) => ({
      id: fact.id,
      category: fact.category,
      content: fact.content,
      importance: fact.importance,
      source_turn_ids: fact.turnIds,
      valid_from: validFrom,
      valid_to: validTo,
      stated_to: fact.statedTo,
      said_at: fact.saidAt,
      subject: fact.subject,
      predicate: fact.predicate,
      fact_key: fact.key,
      negated: fact.negated,
      fingerprint: fact.fingerprint,
      essential: fact.essential,
      trust: fact.trust,
      terms: indexTokens(fact.content).join(' '),
      superseded_by: supersededBy,
      supersedes: closes,
    }));
    const kept = await tx.query<{ id: string }>(KEEP, [
      tenantId,
      userId,
      namespace,
      JSON.stringify(rows),
      scopeVersion,
    ]);
    return new Set(kept.map(({ id }) => id));
  }

  async close(
    tx: Tx,
    { tenantId, userId }: UserScope,
    namespace: string,
    closings: readonly { id: string; validTo: Date; supersededBy: string }[],
    scopeVersion: string,
  ): Promise<void> {
    if (closings.length === 0) return;
    const rows = closings.map(({ id, validTo, supersededBy }) => ({
      id,
      valid_to: validTo,
      superseded_by: supersededBy,
    }));
    await tx.query(CLOSE, [tenantId, userId, namespace, JSON.stringify(rows), scopeVersion]);
  }

  /** Counts once for each turn that says so: the same reply taken twice supports nothing twice. */
  async support(
    tx: Tx,
    { tenantId, userId }: UserScope,
    supports: readonly { of: string; turnIds: readonly string[]; trust: number }[],
    scopeVersion: string,
  ): Promise<void> {
    if (supports.length === 0) return;
    await tx.query(
      // What a more trusted source says too is as good as that.
      `UPDATE memori.memories m SET support = m.support + 1, scope_version = $4, updated_at = clock_timestamp(),
         trust = greatest(m.trust, s.trust),
         source_turn_ids = (m.source_turn_ids || s.fresh)[1:${MOST_SOURCES}]
       FROM (
         SELECT g."of", array_agg(DISTINCT t.id) AS fresh, max(g.trust) AS trust
         FROM jsonb_to_recordset($3) AS g ("of" uuid, "turnIds" uuid[], trust real) CROSS JOIN unnest(g."turnIds") AS t (id)
         JOIN memori.memories k ON k.id = g."of" AND t.id <> ALL (k.source_turn_ids) GROUP BY 1
       ) AS s
       WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.id = s."of"`,
      [tenantId, userId, JSON.stringify(supports), scopeVersion],
    );
  }

  async noteRecalled(tx: Tx, session: SessionPlace, texts: readonly RecalledText[]): Promise<void> {
    if (texts.length === 0) return;
    await tx.query(
      `INSERT INTO memori.recalled AS r (session_id, fingerprint, tenant_id, user_id, tokens, trust)
       SELECT s.id, g.fingerprint, $1, $2, g.tokens, g.trust
       FROM (SELECT DISTINCT ON (fingerprint) * FROM jsonb_to_recordset($4) AS x (fingerprint text, tokens integer[], trust real)
             ORDER BY fingerprint, trust) AS g
       JOIN memori.sessions s ON s.tenant_id = $1 AND s.user_id = $2 AND s.id = $3 AND NOT s.isolated
       ON CONFLICT (session_id, fingerprint) DO UPDATE SET trust = excluded.trust WHERE r.trust > excluded.trust`,
      [session.tenantId, session.userId, session.id, JSON.stringify(texts)],
    );
  }

  /** In the order of their ids, since two prompts may use the same. What is the whole tenant's counts no use. */
  async noteUses(tx: Tx, { tenantId, userId }: UserScope, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await tx.query(
      `UPDATE memori.memories m SET uses = m.uses + 1, last_used_at = clock_timestamp()
       FROM (SELECT id FROM memori.memories WHERE tenant_id = $1 AND user_id = $2 AND id = ANY ($3) ORDER BY id FOR UPDATE) AS used
       WHERE m.id = used.id`,
      [tenantId, userId, ids],
    );
  }

  recalledIn(tx: Tx, session: SessionPlace): Promise<RecalledText[]> {
    return tx.query<RecalledText & Record<string, unknown>>(
      `SELECT fingerprint, tokens, trust FROM memori.recalled WHERE tenant_id = $1 AND user_id = $2 AND session_id = $3`,
      [session.tenantId, session.userId, session.id],
    );
  }

  /** Over all tenants: how many went, by reason. Nothing while another process is at it. */
  tidy(contextDays: number, defaultMost: number): Promise<{ reason: 'expired' | 'evicted'; removed: number }[]> {
    return this.database.call('SELECT * FROM memori.tidy_memories($1, $2)', [contextDays, defaultMost]);
  }

  private async turns(tx: Tx, { tenantId, userId, id }: SessionPlace, where: string, seq: number, most: number) {
    const rows = await tx.query<TurnRow & Record<string, unknown>>(
      `SELECT id, seq, role, name, content, occurred_at, question_id, sql FROM memori.turns
       WHERE tenant_id = $1 AND user_id = $2 AND session_id = $3 AND ${where}`,
      [tenantId, userId, id, seq, most],
    );
    return rows.map(({ occurred_at: occurredAt, question_id: questionId, ...turn }) => ({
      ...turn,
      occurredAt,
      questionId,
    }));
  }
}
