import { Injectable } from '@nestjs/common';
import { Database, type DbScope, type Tx } from '@memori/database';
import { InvalidRequestError, NotFoundError } from '@memori/errors';
import { RequestContext } from '@memori/monitoring';
import { DEFAULT_NAMESPACE, isId, newId, type Principal, userScopeOf } from '@memori/scope';
import { Audit, decodeCursor, ID_CURSOR, type Page, pageOf, type PageRequest, requireRole } from '@memori/security';
import { parseMoment, Sessions, type SessionRecord } from '@memori/session';
import { indexTokens } from '@memori/text';
import { passageTerms } from './documents/document-input';
import { isEssential, mayStand } from './facts/essential';
import { fingerprintOf } from './facts/fact-key';
import { checkMemoryInput, checkMemoryPatch, checkValidity } from './memory-input';
import { type MemoryDraft, MemoryRepository, type MemoryState } from './memory.repository';
import type { MemoryFilter, MemoryInput, MemoryLink, MemoryPatch, MemoryRecord, MemoryVersion } from './memory.types';

/** A deadlock with an erasure is met by starting again. */
const RETRIED = { retryConflicts: 3 };
const DEFAULT_IMPORTANCE = 0.5;

/** Keeps what was told to be kept: add, read, change with its history, delete. */
@Injectable()
export class MemoryKeeper {
  constructor(
    private readonly database: Database,
    private readonly repository: MemoryRepository,
    private readonly sessions: Sessions,
    private readonly audit: Audit,
  ) {}

  async add(principal: Principal, input: MemoryInput): Promise<MemoryRecord> {
    checkMemoryInput(input);
    const scope = input.scope ?? 'user';
    requireRole(principal, scope === 'tenant' ? 'curator' : 'member');
    const session = await this.sessionOf(principal, input);
    const draft = draftOf(principal, input, session);
    return this.database.transaction(
      writeScope(principal, draft),
      async (tx) => {
        // The session's lock comes before the namespace's, as in every other transaction.
        if (draft.sessionId !== null) await this.repository.holdSession(tx, userScopeOf(principal), draft.sessionId);
        const trust = await this.trustOf(tx, principal, draft);
        const version = await this.repository.touch(tx, principal.tenantId, draft, false);
        const memory = await this.repository.insert(tx, userScopeOf(principal), trusted(draft, trust), version);
        await this.record(tx, principal, 'memory.add', memory);
        return memory;
      },
      RETRIED,
    );
  }

  async get(principal: Principal, id: string): Promise<MemoryRecord> {
    const memory = isId(id) ? await this.repository.find(userScopeOf(principal), id) : undefined;
    if (!memory) throw new NotFoundError('memory', id);
    return memory;
  }

  async list(principal: Principal, page: PageRequest & MemoryFilter): Promise<Page<MemoryRecord>> {
    const before = page.cursor === undefined ? null : decodeCursor(page.cursor, ID_CURSOR);
    const named = [page.sessionId, page.documentId].filter((id) => id !== undefined);
    if (!named.every(isId)) return { items: [], nextCursor: null };
    const memories = await this.repository.list(userScopeOf(principal), page, before, page.limit + 1);
    return pageOf(memories, page.limit, (memory) => memory.id);
  }

  /** Every state that the memory had, and every fact that it ended or was ended by; the oldest first. */
  async history(principal: Principal, id: string): Promise<{ items: MemoryVersion[]; chain: MemoryLink[] }> {
    const scope = userScopeOf(principal);
    const [items, chain] = isId(id)
      ? await Promise.all([this.repository.history(scope, id), this.repository.chain(scope, id)])
      : [[], []];
    if (items.length === 0) throw new NotFoundError('memory', id);
    return { items, chain: chain.length > 1 ? chain : [] };
  }

  async update(principal: Principal, id: string, patch: MemoryPatch): Promise<MemoryRecord> {
    checkMemoryPatch(patch);
    return this.change(principal, id, async (tx, memory, version) => {
      const state = patched(memory, patch);
      checkValidity(state.validFrom, state.validTo);
      const changed = await this.repository.update(tx, userScopeOf(principal), id, state, version);
      await this.record(tx, principal, 'memory.update', changed);
      return changed;
    });
  }

  async delete(principal: Principal, id: string): Promise<void> {
    await this.change(principal, id, async (tx, memory) => {
      await this.repository.delete(tx, userScopeOf(principal), id);
      await this.record(tx, principal, 'memory.delete', memory);
    });
  }

  /** Under the lock of the namespace, then of the row: the order in which everybody takes them. */
  private async change<T>(
    principal: Principal,
    id: string,
    write: (tx: Tx, memory: MemoryRecord, version: string) => Promise<T>,
  ): Promise<T> {
    const memory = await this.get(principal, id);
    requireRole(principal, memory.scope === 'tenant' ? 'curator' : 'member');
    return this.database.transaction(
      writeScope(principal, memory),
      async (tx) => {
        const version = await this.repository.touch(tx, principal.tenantId, memory, true);
        const locked = await this.repository.lock(tx, userScopeOf(principal), id);
        if (!locked) throw new NotFoundError('memory', id);
        return write(tx, locked, version);
      },
      RETRIED,
    );
  }

  private async sessionOf(
    principal: Principal,
    { sessionId, namespace }: MemoryInput,
  ): Promise<SessionRecord | undefined> {
    if (sessionId == null) return undefined;
    return this.sessions.reach(principal, sessionId, { namespace: namespace ?? DEFAULT_NAMESPACE });
  }

  /** What its sources allow: the lowest of theirs. Refuses sources that it cannot have. */
  private async trustOf(tx: Tx, principal: Principal, draft: MemoryDraft): Promise<number> {
    const { namespace, sessionId, sourceTurnIds, sourceMemoryIds } = draft;
    const scope = userScopeOf(principal);
    let trust = draft.trust;
    if (sourceTurnIds.length > 0) {
      const known = await this.repository.knownTurns(tx, scope, namespace, sessionId, sourceTurnIds);
      refuseUnknown('sourceTurnIds', 'turn', sourceTurnIds, known);
      trust = Math.min(trust, await this.repository.trustOfTurns(tx, scope, sourceTurnIds));
    }
    if (sourceMemoryIds.length > 0) {
      const known = await this.repository.knownMemories(tx, scope, namespace, sessionId, sourceMemoryIds);
      refuseUnknown('sourceMemoryIds', 'memory', sourceMemoryIds, known);
      trust = Math.min(trust, ...known.values());
    }
    return trust;
  }

  private record(tx: Tx, principal: Principal, action: string, memory: MemoryRecord): Promise<void> {
    const { id: subjectId, scope, category, version } = memory;
    const requestId = RequestContext.current()?.requestId;
    const details = { scope, category, version };
    return this.audit.record(tx, { principal, action, subjectType: 'memory', subjectId, requestId, details });
  }
}

/** What belongs to the whole tenant is written by the tenant's own scope, which no user has by himself. */
function writeScope({ tenantId, userId }: Principal, memory: { readonly userId: string | null }): DbScope {
  return memory.userId === null ? { tenantId } : { tenantId, userId };
}

function refuseUnknown(field: string, kind: string, ids: readonly string[], known: { has(id: string): boolean }): void {
  const errors = ids.flatMap((id, index) =>
    known.has(id) ? [] : [{ pointer: `/${field}/${index}`, message: `is no ${kind} of yours in this namespace` }],
  );
  if (errors.length > 0) throw new InvalidRequestError(`"${field}" names what cannot be its source.`, errors);
}

/** With the trust that its sources allow, which may be too little to stand in every prompt. */
function trusted(draft: MemoryDraft, trust: number): MemoryDraft {
  return { ...draft, trust, state: { ...draft.state, essential: draft.state.essential && mayStand(trust) } };
}

function draftOf(principal: Principal, input: MemoryInput, session: SessionRecord | undefined): MemoryDraft {
  const scope = input.scope ?? 'user';
  if (session && input.namespace != null && input.namespace !== session.namespace) throw otherNamespace();
  if (session?.isolated && scope === 'user') throw isolatedSession();
  const fallback = scope === 'tenant' ? null : (session?.namespace ?? DEFAULT_NAMESPACE);
  return {
    id: newId(),
    scope,
    userId: scope === 'tenant' ? null : principal.userId,
    namespace: input.namespace ?? fallback,
    sessionId: scope === 'session' ? (session?.id ?? null) : null,
    isolated: scope === 'session' && session?.isolated === true,
    sourceTurnIds: [...new Set((input.sourceTurnIds ?? []).map((id) => id.toLowerCase()))],
    sourceMemoryIds: [...new Set((input.sourceMemoryIds ?? []).map((id) => id.toLowerCase()))],
    trust: input.trust ?? 1,
    state: {
      content: input.content,
      category: input.category,
      importance: input.importance ?? DEFAULT_IMPORTANCE,
      validFrom: parseMoment(input.validFrom) ?? null,
      validTo: parseMoment(input.validTo) ?? null,
      terms: indexTokens(input.content).join(' '),
      fingerprint: fingerprintOf(input.content),
      essential: isEssential({
        content: input.content,
        category: input.category,
        importance: input.importance ?? DEFAULT_IMPORTANCE,
        subject: null,
        predicate: null,
      }),
    },
  };
}

function patched(memory: MemoryRecord, patch: MemoryPatch): MemoryState {
  const content = patch.content ?? memory.content;
  const kept = (value: string | null | undefined, old: string | null) =>
    parseMoment(value === undefined ? old : value) ?? null;
  const category = patch.category ?? memory.category;
  const importance = patch.importance === undefined ? memory.importance : (patch.importance ?? DEFAULT_IMPORTANCE);
  const { subject, predicate, trust, heading } = memory;
  // Long texts are recalled for a question, whatever they say.
  const mayBeEssential = (memory.origin === 'told' || memory.origin === 'drawn') && mayStand(trust);
  return {
    content,
    category,
    importance,
    validFrom: kept(patch.validFrom, memory.validFrom),
    validTo: kept(patch.validTo, memory.validTo),
    terms: passageTerms(heading, content),
    fingerprint: fingerprintOf(content),
    essential: mayBeEssential && isEssential({ content, category, importance, subject, predicate }),
  };
}

function otherNamespace(): InvalidRequestError {
  const message = 'is not the namespace of the session; leave it out';
  return new InvalidRequestError(`"namespace" ${message}.`, [{ pointer: '/namespace', message }]);
}

function isolatedSession(): InvalidRequestError {
  const message = 'must be "session": nothing leaves an isolated session';
  return new InvalidRequestError(`"scope" ${message}.`, [{ pointer: '/scope', message }]);
}
