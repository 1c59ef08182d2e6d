import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database, type Tx } from '@memori/database';
import { ConflictError } from '@memori/errors';
import { RequestContext } from '@memori/monitoring';
import { DEFAULT_NAMESPACE, isId, newId, type Principal, type UserScope, userScopeOf } from '@memori/scope';
import { Audit, decodeCursor, ID_CURSOR, type Page, pageOf, type PageRequest, requireRole } from '@memori/security';
import { LIVE_TURNS, LiveSessions } from './live-sessions';
import { SessionArchivedError, SessionExpiredError, SessionNotFoundError } from './session-errors';
import { checkSessionInput, checkSessionPatch, parseSessionRef } from './session-input';
import { SessionRepository } from './session.repository';
import type { NewTurn, RecordedTurn, SessionInput, SessionPatch, SessionRecord, Turn } from './session.types';
import { checkTurns, toTurnRows, type TurnRow } from './turn-input';

/** Erasing locks downward from the session, an answer upward from its question: where they meet, one starts again. */
const RETRIED = { retryConflicts: 3 };
const SEQ_CURSOR = /^[0-9]{1,9}$/;

/** Who is talking, in which session and namespace, and what was said. Every session belongs to one user of one tenant. */
@Injectable()
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly repository: SessionRepository,
    private readonly live: LiveSessions,
    private readonly audit: Audit,
    private readonly env: Env,
  ) {}

  async open(principal: Principal, input: SessionInput = {}): Promise<SessionRecord> {
    requireRole(principal, 'member');
    checkSessionInput(input);
    const session = {
      id: newId(),
      externalId: input.externalId ?? null,
      namespace: input.namespace ?? DEFAULT_NAMESPACE,
      title: input.title ?? null,
      isolated: input.isolated ?? false,
      ttlSeconds: input.ttlSeconds ?? this.env.MEMORI_SESSION_TTL_SECONDS,
    };
    const scope = userScopeOf(principal);
    return this.database.transaction(scope, async (tx) => {
      if (session.externalId !== null) await this.repository.releaseExternalId(tx, scope, session.externalId);
      const opened = await this.repository.insert(tx, scope, session);
      if (!opened) throw new ConflictError(`You have a session with the externalId "${session.externalId}" already.`);
      await this.record(tx, principal, 'session.open', opened.id);
      return opened;
    });
  }

  /** Also finds by `ext:…`, but opens nothing. */
  async get(principal: Principal, ref: string): Promise<SessionRecord> {
    const found = await this.repository.find(userScopeOf(principal), parseSessionRef(ref));
    return alive(found, ref);
  }

  /** For calls that name a session in their body: like `get`, but an `ext:…` that is unknown is opened. */
  async reach(principal: Principal, ref: string, defaults: { readonly namespace: string }): Promise<SessionRecord> {
    const scope = userScopeOf(principal);
    const found = await this.repository.find(scope, parseSessionRef(ref));
    if (found || isId(ref)) return alive(found, ref);
    requireRole(principal, 'member');
    return this.database.transaction(scope, (tx) => this.resume(tx, principal, ref, defaults));
  }

  /** The session, expired or not: erasing must always be possible. */
  async locate(principal: Principal, ref: string): Promise<SessionRecord> {
    const found = await this.repository.find(userScopeOf(principal), parseSessionRef(ref));
    if (!found) throw new SessionNotFoundError(ref);
    return found.session;
  }

  async list(principal: Principal, page: PageRequest): Promise<Page<SessionRecord>> {
    const before = page.cursor === undefined ? null : decodeCursor(page.cursor, ID_CURSOR);
    const sessions = await this.repository.list(userScopeOf(principal), before, page.limit + 1);
    return pageOf(sessions, page.limit, (session) => session.id);
  }

  async update(principal: Principal, ref: string, patch: SessionPatch): Promise<SessionRecord> {
    checkSessionPatch(patch);
    return this.change(principal, ref, 'session.update', (tx, session) => {
      const title = patch.title === undefined ? session.title : patch.title;
      const fallback = patch.ttlSeconds === null ? this.env.MEMORI_SESSION_TTL_SECONDS : session.ttlSeconds;
      return this.repository.change(tx, session, title, patch.ttlSeconds ?? fallback);
    });
  }

  /** Archived sessions can be read and refuse new turns. */
  archive(principal: Principal, ref: string): Promise<SessionRecord> {
    return this.change(principal, ref, 'session.archive', (tx, session) =>
      this.repository.setArchived(tx, session, true),
    );
  }

  restore(principal: Principal, ref: string): Promise<SessionRecord> {
    return this.change(principal, ref, 'session.restore', (tx, session) =>
      this.repository.setArchived(tx, session, false),
    );
  }

  /** With its turns and all that hangs on it. An expired session can be deleted too. */
  async delete(principal: Principal, ref: string): Promise<void> {
    requireRole(principal, 'member');
    const scope = userScopeOf(principal);
    const session = await this.database.transaction(
      scope,
      async (tx) => {
        const found = await this.repository.lock(tx, scope, parseSessionRef(ref));
        if (!found) throw new SessionNotFoundError(ref);
        await this.repository.delete(tx, found.session);
        await this.record(tx, principal, 'session.delete', found.session.id);
        return found.session;
      },
      RETRIED,
    );
    this.live.drop(session);
  }

  /**
   * The session for a use of it, in one round trip inside the caller's transaction: found and its expiry slid, or
   * opened when `ref` is undefined or an `ext:…` that is unknown. Expired: 410; archived: 409.
   */
  async resume(
    tx: Tx,
    principal: Principal,
    ref: string | undefined,
    defaults: { readonly namespace: string },
  ): Promise<SessionRecord> {
    const { state, session } = await this.repository.resume(tx, userScopeOf(principal), {
      ref: ref === undefined ? undefined : parseSessionRef(ref),
      newId: newId(),
      namespace: defaults.namespace,
      ttlSeconds: this.env.MEMORI_SESSION_TTL_SECONDS,
    });
    if (state === 'expired') throw new SessionExpiredError(ref ?? '');
    if (state === 'archived') throw new SessionArchivedError(ref ?? '');
    if (!session) throw new SessionNotFoundError(ref ?? '');
    return session;
  }

  async turns(principal: Principal, ref: string, page: PageRequest): Promise<Page<Turn>> {
    const after = page.cursor === undefined ? 0 : Number(decodeCursor(page.cursor, SEQ_CURSOR));
    const session = await this.get(principal, ref);
    const turns = await this.repository.turns(session, after, page.limit + 1);
    return pageOf(turns, page.limit, (turn) => String(turn.seq));
  }

  /** All or none. A turn whose `externalId` the session holds already is answered with the id of the first. */
  async addTurns(
    principal: Principal,
    ref: string,
    turns: readonly NewTurn[],
    options: { readonly single?: boolean } = {},
  ): Promise<RecordedTurn[]> {
    requireRole(principal, 'member');
    checkTurns(turns, options.single);
    // Before the transaction: no lock is held while a large batch is cut into tokens.
    const rows = await toTurnRows(turns);
    return this.database.transaction(
      userScopeOf(principal),
      async (tx) => {
        const session = await this.resume(tx, principal, ref, { namespace: DEFAULT_NAMESPACE });
        const recorded = await this.append(tx, session, rows);
        const created = recorded.filter((turn) => turn.created).length;
        await this.record(tx, principal, 'session.turns', session.id, { sent: turns.length, created });
        return recorded;
      },
      RETRIED,
    );
  }

  /** Appends turns in one round trip inside the caller's transaction; the session was resumed before. */
  async recordTurns(
    tx: Tx,
    session: UserScope & Pick<SessionRecord, 'id'>,
    turns: readonly NewTurn[],
  ): Promise<RecordedTurn[]> {
    return this.append(tx, session, await toTurnRows(turns));
  }

  async recordTurn(tx: Tx, session: UserScope & Pick<SessionRecord, 'id'>, turn: NewTurn): Promise<RecordedTurn> {
    const [recorded] = await this.recordTurns(tx, session, [turn]);
    return recorded as RecordedTurn;
  }

  /** The last `count` turns in their order. Without a round trip when `session`, just resumed, is live at this version. */
  async recentTurns(session: SessionRecord, count: number): Promise<readonly Turn[]> {
    const known = this.live.find(session, count);
    if (known) return known;
    const recent = await this.repository.recent(session, Math.max(count, LIVE_TURNS));
    if (!recent) {
      this.live.drop(session);
      return [];
    }
    const isWhole = recent.turns.length === recent.lastSeq;
    this.live.keep(session, { version: recent.version, turns: recent.turns, isWhole });
    return count === 0 ? [] : recent.turns.slice(-count);
  }

  private async append(
    tx: Tx,
    session: UserScope & Pick<SessionRecord, 'id'>,
    rows: TurnRow[],
  ): Promise<RecordedTurn[]> {
    const recorded = await this.repository.record(tx, session, session.id, rows);
    if (!recorded) throw new SessionNotFoundError(session.id);
    return recorded.map(({ id, created }, index) => ({ id, externalId: rows[index]?.external_id ?? null, created }));
  }

  private async change(
    principal: Principal,
    ref: string,
    action: string,
    write: (tx: Tx, session: SessionRecord) => Promise<SessionRecord>,
  ): Promise<SessionRecord> {
    requireRole(principal, 'member');
    const scope = userScopeOf(principal);
    return this.database.transaction(
      scope,
      async (tx) => {
        const session = alive(await this.repository.lock(tx, scope, parseSessionRef(ref)), ref);
        const changed = await write(tx, session);
        await this.record(tx, principal, action, session.id);
        return changed;
      },
      RETRIED,
    );
  }

  private record(
    tx: Tx,
    principal: Principal,
    action: string,
    subjectId: string,
    details?: Record<string, unknown>,
  ): Promise<void> {
    const requestId = RequestContext.current()?.requestId;
    return this.audit.record(tx, { principal, action, subjectType: 'session', subjectId, requestId, details });
  }
}

function alive(found: { session: SessionRecord; isExpired: boolean } | undefined, ref: string): SessionRecord {
  if (!found) throw new SessionNotFoundError(ref);
  if (found.isExpired) throw new SessionExpiredError(ref);
  return found.session;
}
