import { Injectable } from '@nestjs/common';
import { readSql, type Tx } from '@memori/database';
import type { UserScope } from '@memori/scope';
import { EventLoopShare } from './event-loop-share';
import type { ResultShape, TurnRole } from './session.types';
import { type TurnRow, toTurnRow } from './turn-input';

const INSERT_SESSIONS = readSql(__dirname, 'import-sessions.sql');
const INSERT_TURNS = readSql(__dirname, 'import-turns.sql');

/** A session as it was somewhere else. Moments are texts of ISO 8601, to the microsecond. */
export interface ImportedSession {
  readonly id: string;
  readonly externalId: string | null;
  readonly namespace: string;
  readonly title: string | null;
  readonly isolated: boolean;
  readonly ttlSeconds: number;
  readonly createdAt: string | null;
  readonly lastActiveAt: string | null;
  readonly expiresAt: string | null;
  readonly archivedAt: string | null;
  readonly consolidatedAt: string | null;
  /** Up to these turns facts were drawn and summaries made. */
  readonly drawnSeq: number;
  readonly summarySeq: number;
}

/** A turn as it was somewhere else; its place in the session is the order in which turns come. */
export interface ImportedTurn {
  readonly id: string;
  readonly sessionId: string;
  readonly seq: number;
  readonly role: TurnRole;
  readonly name: string | null;
  readonly content: string;
  readonly externalId: string | null;
  readonly occurredAt: string | null;
  readonly recordedAt: string | null;
  readonly questionId: string | null;
  readonly sql: string | null;
  readonly resultShape: ResultShape | null;
}

/** What became of one: `as` is the id under which it stands here. */
export interface ImportOutcome {
  readonly outcome: 'imported' | 'unchanged';
  readonly as: string;
}

/** Why one cannot be taken, in words for people. */
export type ImportRefusal = { readonly refused: string };

export type Imported = ImportOutcome | ImportRefusal;

interface KnownTurn {
  readonly id: string;
  readonly sessionId: string;
  readonly externalId: string | null;
}

/** Writes sessions and turns that come from elsewhere, inside the transaction of an import. What is there stays as it is. */
@Injectable()
export class SessionImport {
  /** Nobody else writes to a session of the user until the end: the namespaces' locks come after those of the sessions. */
  async lockAll(tx: Tx, { tenantId, userId }: UserScope): Promise<void> {
    await tx.query('SELECT FROM memori.sessions WHERE tenant_id = $1 AND user_id = $2 ORDER BY id FOR NO KEY UPDATE', [
      tenantId,
      userId,
    ]);
  }

  async sessions(tx: Tx, scope: UserScope, sessions: readonly ImportedSession[]): Promise<Imported[]> {
    const { tenantId, userId } = scope;
    const ids = sessions.map(({ id }) => id);
    const externalIds = sessions.flatMap(({ externalId }) => externalId ?? []);
    // As when one is opened: an expired session gives its external id up.
    await tx.query(
      `UPDATE memori.sessions SET external_id = NULL WHERE tenant_id = $1 AND user_id = $2 AND external_id = ANY ($3)
         AND id <> ALL ($4) AND expires_at <= clock_timestamp()`,
      [tenantId, userId, externalIds, ids],
    );
    const known = await tx.query<{ id: string; externalId: string | null }>(
      `SELECT id, external_id AS "externalId" FROM memori.sessions
       WHERE tenant_id = $1 AND user_id = $2 AND (id = ANY ($3) OR external_id = ANY ($4))`,
      [tenantId, userId, ids, externalIds],
    );
    const taken = new Map(known.flatMap(({ id, externalId }) => (externalId === null ? [] : [[externalId, id]])));
    const present = new Set(known.map(({ id }) => id));
    const fresh = new Map<string, ImportedSession>();
    for (const session of sessions) {
      const { id, externalId } = session;
      if (present.has(id) || fresh.has(id)) continue;
      if (externalId !== null && (taken.get(externalId) ?? id) !== id) continue;
      if (externalId !== null) taken.set(externalId, id);
      fresh.set(id, session);
    }
    const rows = await tx.query<{ id: string }>(INSERT_SESSIONS, [
      tenantId,
      userId,
      JSON.stringify([...fresh.values()]),
    ]);
    const written = new Set([...rows.map(({ id }) => id), ...(await this.follow(tx, scope, sessions))]);
    return sessions.map(({ id }) => {
      const outcome = written.delete(id) ? 'imported' : 'unchanged';
      if (outcome === 'imported') present.add(id);
      if (present.has(id)) return { outcome, as: id };
      return { refused: fresh.has(id) ? TAKEN : 'another session of yours has its externalId' };
    });
  }

  /** What was used there since it was used here: its title, its life, whether it is archived. The ids of those. */
  private async follow(
    tx: Tx,
    { tenantId, userId }: UserScope,
    sessions: readonly ImportedSession[],
  ): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(
      `UPDATE memori.sessions s SET title = g.title, ttl_seconds = g."ttlSeconds", last_active_at = g."lastActiveAt",
         expires_at = coalesce(g."expiresAt", s.expires_at), archived_at = g."archivedAt", version = nextval('memori.scope_version')
       FROM jsonb_to_recordset($3) AS g (id uuid, title text, "ttlSeconds" integer, "lastActiveAt" timestamptz,
         "expiresAt" timestamptz, "archivedAt" timestamptz)
       WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.id = g.id AND g."lastActiveAt" > s.last_active_at RETURNING s.id`,
      [tenantId, userId, JSON.stringify(sessions)],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Behind the turns that their sessions have, in the order in which they come. One whose `externalId` its session holds
   * already stands under the id of the first. `versionOf` gives the version in which a namespace is written.
   */
  async turns(
    tx: Tx,
    scope: UserScope,
    turns: readonly ImportedTurn[],
    versionOf: (namespace: string) => Promise<string>,
  ): Promise<Imported[]> {
    const { tenantId, userId } = scope;
    const sessionIds = [...new Set(turns.map(({ sessionId }) => sessionId))];
    const sessions = new Map(
      (
        await tx.query<{ id: string; namespace: string; isolated: boolean }>(
          'SELECT id, namespace, isolated FROM memori.sessions WHERE tenant_id = $1 AND user_id = $2 AND id = ANY ($3)',
          [tenantId, userId, sessionIds],
        )
      ).map((session) => [session.id, session]),
    );
    const known = await this.knownTurns(tx, scope, sessionIds, turns);
    const share = new EventLoopShare();
    const rows: TurnRow[] = [];
    const outcomes: Imported[] = [];
    for (const turn of turns) {
      const session = sessions.get(turn.sessionId);
      const before = known.find(turn);
      if (!session) outcomes.push({ refused: 'its session stands neither in a line before it nor among yours' });
      else if (before === 'elsewhere') outcomes.push({ refused: 'a turn of another session has its id' });
      else if (before) outcomes.push({ outcome: 'unchanged', as: before });
      else {
        known.add(turn);
        const scopeVersion = session.isolated ? null : await versionOf(session.namespace);
        rows.push({ ...(await toTurnRow(turn, share)), ...placeOf(turn), scope_version: scopeVersion });
        outcomes.push({ outcome: 'imported', as: turn.id });
      }
    }
    if (rows.length === 0) return outcomes;
    rows.sort((left, right) => Number(left.seq) - Number(right.seq));
    const written = new Set(
      (await tx.query<{ id: string }>(INSERT_TURNS, [tenantId, userId, JSON.stringify(rows)])).map(({ id }) => id),
    );
    return outcomes.map((outcome) =>
      'as' in outcome && outcome.outcome === 'imported' && !written.has(outcome.as) ? { refused: TAKEN } : outcome,
    );
  }

  /** `drawn`: how far facts were drawn there, of sessions that were here before. Their new turns need no second look. */
  async finish(tx: Tx, { tenantId, userId }: UserScope, drawn: ReadonlyMap<string, number>): Promise<void> {
    const rows = [...drawn].map(([id, seq]) => ({ id, seq }));
    await tx.query(
      `UPDATE memori.sessions s SET drawn_seq = greatest(s.drawn_seq, least(g.seq, s.last_seq))
       FROM jsonb_to_recordset($3) AS g (id uuid, seq integer)
       WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.id = g.id AND s.drawn_seq < least(g.seq, s.last_seq)`,
      [tenantId, userId, JSON.stringify(rows)],
    );
    // Nobody looked at turns that are not there.
    await tx.query(
      `UPDATE memori.sessions SET drawn_seq = least(drawn_seq, last_seq), summary_seq = least(summary_seq, last_seq)
       WHERE tenant_id = $1 AND user_id = $2 AND (drawn_seq > last_seq OR summary_seq > last_seq)`,
      [tenantId, userId],
    );
  }

  private async knownTurns(
    tx: Tx,
    { tenantId, userId }: UserScope,
    sessionIds: readonly string[],
    turns: readonly ImportedTurn[],
  ): Promise<KnownTurns> {
    const rows = await tx.query<KnownTurn & Record<string, unknown>>(
      `SELECT id, session_id AS "sessionId", external_id AS "externalId" FROM memori.turns
       WHERE tenant_id = $1 AND user_id = $2
         AND (id = ANY ($3) OR (session_id = ANY ($4) AND external_id = ANY ($5)))`,
      [
        ...[tenantId, userId, turns.map(({ id }) => id), sessionIds],
        turns.flatMap(({ externalId }) => externalId ?? []),
      ],
    );
    return new KnownTurns(rows);
  }
}

const TAKEN = 'its id is taken';

class KnownTurns {
  private readonly byId = new Map<string, KnownTurn>();
  private readonly byExternalId = new Map<string, string>();

  constructor(turns: readonly KnownTurn[]) {
    for (const turn of turns) this.add(turn);
  }

  add({ id, sessionId, externalId }: KnownTurn): void {
    this.byId.set(id, { id, sessionId, externalId });
    if (externalId !== null) this.byExternalId.set(JSON.stringify([sessionId, externalId]), id);
  }

  find({ id, sessionId, externalId }: KnownTurn): string | 'elsewhere' | undefined {
    const same = this.byId.get(id);
    if (same) return same.sessionId === sessionId ? id : 'elsewhere';
    return externalId === null ? undefined : this.byExternalId.get(JSON.stringify([sessionId, externalId]));
  }
}

function placeOf({ id, sessionId, seq, occurredAt, recordedAt }: ImportedTurn) {
  return { id, session_id: sessionId, seq, occurred_at: occurredAt, recorded_at: recordedAt };
}
