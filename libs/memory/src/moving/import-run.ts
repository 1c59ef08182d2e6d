import type { Tx } from '@memori/database';
import type { FieldError } from '@memori/errors';
import { DEFAULT_NAMESPACE, hasRole, type Principal, type UserScope, userScopeOf } from '@memori/scope';
import type { Imported, ImportedSession, ImportedTurn, SessionImport } from '@memori/session';
import { DEFAULT_DOCUMENT_TRUST, passageTerms } from '../documents/document-input';
import { isEssential, mayStand } from '../facts/essential';
import { factKey, fingerprintOf } from '../facts/fact-key';
import type { MemoryRepository } from '../memory.repository';
import type { MemoryCategory, MemoryOrigin, MemoryScope } from '../memory.types';
import { ImportedIds, type ImportLine, lineError, type LineKind } from './import-line';
import type { ImportRepository, ImportRow } from './import.repository';
import { type Draft, KnownMemories } from './known-memories';

const DEFAULT_IMPORTANCE = 0.5;
type CountedKind = Exclude<LineKind, 'export'>;

/** What became of the lines, by kind. */
export interface ImportCounts {
  readonly lines: number;
  readonly imported: Readonly<Record<CountedKind, number>>;
  /** That were here already, as they are. */
  readonly unchanged: Readonly<Record<CountedKind, number>>;
}

interface Tools {
  readonly repository: ImportRepository;
  readonly memories: MemoryRepository;
  readonly sessions: SessionImport;
  readonly sessionTtlSeconds: number;
}

type Fields = ImportLine['fields'];

interface Linked {
  readonly supersedes: string | null;
  readonly supersededBy: string | null;
  readonly sourceMemoryIds: readonly string[];
}

/** One import inside its transaction: which ids stand for which, which namespaces are locked, what was taken. */
export class ImportRun {
  private readonly scope: UserScope;
  /** What is the whole tenant's is for curators. */
  private readonly writesTenant: boolean;
  private readonly ids: ImportedIds;
  private readonly versions = new Map<string, Promise<string>>();
  /** Memories that are here under another id: their history is not theirs. */
  private readonly merged = new Set<string>();
  private readonly links = new Set<string>();
  private readonly openSources = new Map<string, string[]>();
  /** How far facts were drawn from the sessions there. */
  private readonly drawn = new Map<string, number>();
  /** Which memory tells of which session. */
  private readonly consolidated = new Map<string, string>();
  private readonly imported = noCounts();
  private readonly unchanged = noCounts();
  private lines = 0;
  private hasBegun = false;

  constructor(
    private readonly tx: Tx,
    principal: Principal,
    private readonly tools: Tools,
  ) {
    this.scope = userScopeOf(principal);
    this.writesTenant = hasRole(principal, 'curator');
    this.ids = new ImportedIds(this.scope);
  }

  /** Lines of one kind. What is wrong with them; empty: all were taken. */
  async take(batch: readonly ImportLine[]): Promise<FieldError[]> {
    const [first] = batch;
    if (!first) return [];
    this.lines += batch.length;
    await this.begin();
    switch (first.kind) {
      case 'export':
        this.ids.comeFrom(first.fields as { tenantId: unknown; userId: unknown });
        return [];
      case 'session':
        return this.takeSessions(batch);
      case 'turn':
        return this.takeTurns(batch);
      case 'summary':
        return this.takeSummaries(batch);
      case 'document':
        return this.takeDocuments(batch);
      case 'memory':
        return this.takeMemories(batch);
      case 'memoryVersion':
        return this.takeVersions(batch);
    }
  }

  async finish(): Promise<ImportCounts> {
    const { repository, sessions } = this.tools;
    if (this.hasBegun) {
      await sessions.finish(this.tx, this.scope, this.drawn);
      if (this.openSources.size > 0) await repository.resolveSources(this.tx, this.scope, this.openSources);
      await repository.linkEpisodes(
        this.tx,
        this.scope,
        [...this.consolidated].map(([id, memoryId]) => ({ id, memoryId: this.ids.standing(memoryId) })),
      );
      await repository.dropDangling(this.tx, this.scope, [...this.links]);
      if (this.imported.memory > 0) await repository.completeHistory(this.tx, this.scope, this.writesTenant);
    }
    return { lines: this.lines, imported: this.imported, unchanged: this.unchanged };
  }

  private async begin(): Promise<void> {
    if (this.hasBegun) return;
    this.hasBegun = true;
    await this.tools.repository.lockImports(this.tx, this.scope);
    await this.tools.sessions.lockAll(this.tx, this.scope);
    await this.tools.repository.deferLinks(this.tx);
  }

  private async takeSessions(batch: readonly ImportLine[]): Promise<FieldError[]> {
    const sessions = batch.map(({ fields }) => this.toSession(fields));
    const outcomes = await this.tools.sessions.sessions(this.tx, this.scope, sessions);
    sessions.forEach(({ id, drawnSeq }, index) => {
      const outcome = outcomes[index];
      const told = batch[index]?.fields.consolidatedIn;
      if (told != null) this.consolidated.set(id, this.ids.raw(told));
      if (outcome && 'as' in outcome) this.drawn.set(id, drawnSeq);
    });
    return this.count(batch, outcomes);
  }

  private async takeTurns(batch: readonly ImportLine[]): Promise<FieldError[]> {
    const turns = batch.map(({ fields }) => this.toTurn(fields));
    const outcomes = await this.tools.sessions.turns(this.tx, this.scope, turns, (namespace) =>
      this.versionOf(this.scope.userId, namespace),
    );
    turns.forEach(({ id }, index) => {
      const outcome = outcomes[index];
      if (outcome && 'as' in outcome) this.ids.merge(id, outcome.as);
    });
    return this.count(batch, outcomes);
  }

  private async takeSummaries(batch: readonly ImportLine[]): Promise<FieldError[]> {
    const sessionIds = batch.map(({ fields }) => this.ids.of(fields.sessionId));
    const sessions = await this.tools.repository.sessions(this.tx, this.scope, sessionIds);
    const outcomes: Imported[] = [];
    for (const [index, { fields }] of batch.entries()) {
      const sessionId = sessionIds[index] as string;
      const isKept = await this.tools.repository.summary(this.tx, this.scope, {
        ...{ sessionId, content: String(fields.content), uptoSeq: Number(fields.uptoSeq) },
        ...{ turnIds: this.ids.all(fields.turnIds), updatedAt: textOf(fields.updatedAt) },
      });
      if (!sessions.has(sessionId)) outcomes.push({ refused: NO_SESSION });
      else outcomes.push({ outcome: isKept ? 'imported' : 'unchanged', as: sessionId });
    }
    return this.count(batch, outcomes);
  }

  private async takeDocuments(batch: readonly ImportLine[]): Promise<FieldError[]> {
    const rows = batch.map(({ fields }) => this.toDocument(fields));
    const known = await this.tools.repository.knownDocuments(
      this.tx,
      this.scope,
      rows.map(({ id }) => id),
      rows.map(({ key }) => key),
    );
    const placeKey = (userId: unknown, namespace: unknown, key: unknown) => JSON.stringify([userId, namespace, key]);
    const byKey = new Map(known.map((each) => [placeKey(each.userId, each.namespace, each.key), each.id]));
    const versions = new Map(known.map(({ id, version }) => [id, version]));
    const fresh = new Map<string, (typeof rows)[number]>();
    const outcomes = rows.map((row): Imported => {
      const place = placeKey(row.scope === 'tenant' ? null : this.scope.userId, row.namespace, row.key);
      const twin = byKey.get(place);
      byKey.set(place, twin ?? row.id);
      if (twin !== undefined) this.ids.merge(row.id, twin);
      if ((twin !== undefined && twin !== row.id) || row.version <= (versions.get(row.id) ?? 0))
        return { outcome: 'unchanged', as: twin ?? row.id };
      versions.set(row.id, row.version);
      fresh.set(row.id, row);
      return { outcome: 'imported', as: row.id };
    });
    const written = await this.tools.repository.keepDocuments(this.tx, this.scope, [...fresh.values()]);
    return this.count(batch, writtenAlone(outcomes, written));
  }

  private async takeMemories(batch: readonly ImportLine[]): Promise<FieldError[]> {
    const { repository } = this.tools;
    const sessionIds = batch.flatMap(({ fields }) => (fields.sessionId == null ? [] : [this.ids.of(fields.sessionId)]));
    const sessions = await repository.sessions(this.tx, this.scope, sessionIds);
    const documentIds = batch.flatMap(({ fields }) =>
      fields.documentId == null ? [] : [this.ids.of(fields.documentId)],
    );
    const documents = new Set(
      (await repository.knownDocuments(this.tx, this.scope, documentIds, [])).map(({ id }) => id),
    );
    const drafts = batch.map(({ fields }) => this.toMemory(fields, sessions));
    const known = new KnownMemories(
      await repository.knownMemories(
        this.tx,
        this.scope,
        drafts.map(({ id }) => id),
        drafts.map(({ fingerprint }) => fingerprint),
      ),
    );
    const fresh = new Map<string, ImportRow & Linked>();
    const outcomes: Imported[] = [];
    for (const draft of drafts) {
      const refused = refusalOf(draft, sessions, documents);
      const twin = refused === undefined ? known.standFor(draft) : undefined;
      if (refused !== undefined) outcomes.push({ refused });
      else if (twin !== undefined) {
        if (twin !== draft.id) this.merged.add(draft.id);
        this.ids.merge(draft.id, twin);
        outcomes.push({ outcome: 'unchanged', as: twin });
      } else {
        known.add(draft);
        fresh.set(draft.id, { ...draft, scopeVersion: await this.versionOf(draft.userId, draft.namespace) });
        outcomes.push({ outcome: 'imported', as: draft.id });
      }
    }
    await this.noteOpenSources(drafts);
    // Once it is known what stands under another id.
    const rows = [...fresh.values()].map((row) => ({ ...row, ...this.linksOf(row) }));
    const written = await repository.keepMemories(this.tx, this.scope, rows);
    return this.count(batch, writtenAlone(outcomes, written));
  }

  private async takeVersions(batch: readonly ImportLine[]): Promise<FieldError[]> {
    const rows = batch.map(({ fields }) => ({
      ...fields,
      importance: fields.importance ?? DEFAULT_IMPORTANCE,
      memoryId: this.ids.of(fields.memoryId),
      supersededBy: fields.supersededBy == null ? null : this.ids.of(fields.supersededBy),
      changedBy: fields.changedBy === 'memori' ? 'memori' : this.scope.userId,
    }));
    const known = new Set(
      (
        await this.tools.repository.knownMemories(
          this.tx,
          this.scope,
          rows.map(({ memoryId }) => memoryId),
          [],
        )
      ).flatMap(({ id, userId }) => (userId === null && !this.writesTenant ? [] : [id])),
    );
    const own = rows.filter((_, index) => !this.merged.has(this.rawId(batch[index]?.fields.memoryId)));
    const written = new Set(
      (await this.tools.repository.keepVersions(this.tx, this.scope, this.writesTenant, own)).map(
        ({ memoryId, version }) => `${memoryId} ${version}`,
      ),
    );
    const outcomes = rows.map((row, index): Imported => {
      const version = Number(batch[index]?.fields.version);
      if (!known.has(row.memoryId)) return { refused: 'its memory stands neither in a line before it nor among yours' };
      return { outcome: written.has(`${row.memoryId} ${version}`) ? 'imported' : 'unchanged', as: row.memoryId };
    });
    return this.count(batch, outcomes);
  }

  /** Rows of one place have one version, taken once: whoever holds a copy of it reads it anew. */
  private versionOf(userId: string | null, namespace: string | null): Promise<string> {
    const key = userId === null ? '' : JSON.stringify(namespace);
    const known = this.versions.get(key);
    if (known) return known;
    const version = this.tools.memories.touch(this.tx, this.scope.tenantId, { userId, namespace }, true);
    this.versions.set(key, version);
    return version;
  }

  private async noteOpenSources(drafts: readonly { id: string; sourceTurnIds: string[] }[]): Promise<void> {
    const named = drafts.filter(({ sourceTurnIds }) => sourceTurnIds.length > 0);
    const there = await this.tools.repository.turns(
      this.tx,
      this.scope,
      named.flatMap(({ sourceTurnIds }) => sourceTurnIds),
    );
    for (const { id, sourceTurnIds } of named)
      if (!sourceTurnIds.every((turn) => there.has(turn))) this.openSources.set(id, sourceTurnIds);
  }

  private linksOf({ supersedes, supersededBy, sourceMemoryIds }: Linked): Linked {
    const now = (id: string | null) => (id === null ? null : this.ids.standing(id));
    const links = { supersedes: now(supersedes), supersededBy: now(supersededBy) };
    for (const link of Object.values(links)) if (link !== null) this.links.add(link);
    return { ...links, sourceMemoryIds: [...new Set(sourceMemoryIds.map((id) => this.ids.standing(id)))] };
  }

  private count(batch: readonly ImportLine[], outcomes: readonly Imported[]): FieldError[] {
    const errors: FieldError[] = [];
    batch.forEach(({ number, kind }, index) => {
      const outcome = outcomes[index];
      if (!outcome || kind === 'export') return;
      if ('refused' in outcome) errors.push(lineError(number, '', outcome.refused));
      else this[outcome.outcome][kind]++;
    });
    return errors;
  }

  /** As it stands in the file, before anything was found under another id. */
  private rawId(id: unknown): string {
    return this.ids.raw(id);
  }

  private toSession(fields: Fields): ImportedSession {
    return {
      id: this.ids.of(fields.id),
      externalId: textOf(fields.externalId),
      namespace: String(fields.namespace),
      title: textOf(fields.title),
      isolated: fields.isolated === true,
      ttlSeconds: Number(fields.ttlSeconds ?? this.tools.sessionTtlSeconds),
      ...momentsOf(fields, ['createdAt', 'lastActiveAt', 'expiresAt', 'archivedAt', 'consolidatedAt']),
      drawnSeq: Number(fields.drawnSeq ?? 0),
      summarySeq: Number(fields.summarySeq ?? 0),
    };
  }

  private toTurn(fields: Fields): ImportedTurn {
    return {
      id: this.ids.of(fields.id),
      sessionId: this.ids.of(fields.sessionId),
      seq: Number(fields.seq ?? Number.MAX_SAFE_INTEGER),
      role: fields.role as ImportedTurn['role'],
      name: textOf(fields.name),
      content: String(fields.content),
      externalId: textOf(fields.externalId),
      ...momentsOf(fields, ['occurredAt', 'recordedAt']),
      questionId: textOf(fields.questionId),
      sql: textOf(fields.sql),
      resultShape: (fields.resultShape ?? null) as ImportedTurn['resultShape'],
    };
  }

  private toDocument(fields: Fields) {
    const externalId = textOf(fields.externalId);
    const isTenants = fields.scope === 'tenant';
    return {
      ...fields,
      id: this.ids.of(fields.id),
      scope: isTenants ? 'tenant' : 'user',
      namespace: textOf(fields.namespace) ?? (isTenants ? null : DEFAULT_NAMESPACE),
      key: externalId === null ? `text:${String(fields.contentHash)}` : `id:${externalId}`,
      importance: fields.importance ?? DEFAULT_IMPORTANCE,
      trust: fields.trust ?? DEFAULT_DOCUMENT_TRUST,
      version: Number(fields.version ?? 1),
    };
  }

  private toMemory(fields: Fields, sessions: ReadonlyMap<string, { namespace: string; isolated: boolean }>) {
    const scope = (fields.scope ?? 'user') as MemoryScope;
    const sessionId = scope === 'session' ? this.ids.of(fields.sessionId) : null;
    const session = sessionId === null ? undefined : sessions.get(sessionId);
    const fallback = scope === 'tenant' ? null : (session?.namespace ?? DEFAULT_NAMESPACE);
    const namespace = scope === 'session' ? fallback : (textOf(fields.namespace) ?? fallback);
    const category = fields.category as MemoryCategory;
    const importance = Number(fields.importance ?? DEFAULT_IMPORTANCE);
    const trust = Number(fields.trust ?? 1);
    const heading = textOf(fields.heading);
    const statement = {
      content: String(fields.content),
      subject: textOf(fields.subject),
      predicate: textOf(fields.predicate),
    };
    const { key, negated } = factKey(statement);
    const origin = (fields.origin ?? 'told') as MemoryOrigin;
    const wants = fields.essential ?? (origin !== 'imported' && isEssential({ category, importance, ...statement }));
    const link = (id: unknown) => (id == null ? null : this.ids.of(id));
    return {
      id:
        fields.id == null
          ? this.ids.ofContent([scope, namespace, sessionId, category, statement.content])
          : this.ids.of(fields.id),
      ...{ scope, namespace, sessionId, category, importance, trust, heading, origin, ...statement, negated },
      userId: scope === 'tenant' ? null : this.scope.userId,
      isolated: session?.isolated === true,
      factKey: origin === 'drawn' ? key : null,
      fingerprint: textOf(fields.fingerprint) ?? fingerprintOf(statement.content),
      terms: passageTerms(heading, statement.content),
      essential: wants === true && mayStand(trust),
      sourceTurnIds: this.ids.all(fields.sourceTurnIds),
      sourceMemoryIds: this.ids.all(fields.sourceMemoryIds),
      documentId: link(fields.documentId),
      place: fields.place ?? null,
      supersedes: link(fields.supersedes),
      supersededBy: link(fields.supersededBy),
      support: Number(fields.support ?? 1),
      uses: Number(fields.uses ?? 0),
      version: Number(fields.version ?? 1),
      ...momentsOf(fields, ['validFrom', 'validTo', 'saidAt', 'lastUsedAt', 'createdAt', 'updatedAt']),
      statedTo: textOf(fields.statedTo) ?? (fields.supersededBy == null ? textOf(fields.validTo) : null),
    };
  }
}

const NO_SESSION = 'its session stands neither in a line before it nor among yours';

function refusalOf(
  { scope, sessionId, documentId }: Draft,
  sessions: { has(id: string): boolean },
  documents: { has(id: string): boolean },
): string | undefined {
  if (scope === 'session' && !sessions.has(sessionId ?? '')) return NO_SESSION;
  if (documentId !== null && !documents.has(documentId))
    return 'its document stands neither in a line before it nor among yours';
  return undefined;
}

/** Another's row has the id of one that was to be written. */
function writtenAlone(outcomes: readonly Imported[], written: ReadonlySet<string>): Imported[] {
  return outcomes.map((outcome) =>
    'as' in outcome && outcome.outcome === 'imported' && !written.has(outcome.as)
      ? { refused: 'its id is taken' }
      : outcome,
  );
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function momentsOf<Name extends string>(fields: Fields, names: readonly Name[]): Record<Name, string | null> {
  return Object.fromEntries(names.map((name) => [name, textOf(fields[name])])) as Record<Name, string | null>;
}

function noCounts(): Record<CountedKind, number> {
  return { session: 0, turn: 0, summary: 0, document: 0, memory: 0, memoryVersion: 0 };
}
