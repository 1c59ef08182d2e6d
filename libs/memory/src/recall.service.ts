import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import { Clock, type Principal, type SessionScope, type UserScope, userScopeOf } from '@memori/scope';
import { indexTokens, traitsWanted } from '@memori/text';
import { excerptOf } from './best-passages';
import { LiveIndexes, WHOLE_TENANT } from './live-indexes';
import { checkSearch } from './memory-input';
import type { RecallItem, SearchRequest } from './memory.types';
import { type RecallContent, RecallRepository } from './recall.repository';
import { type RankedItem, type RankingRequest, rankRecall } from './recall-ranking';
import { PastMemories, type PastStates } from './past-memories';
import { RecallSettings } from './recall-settings';
import { RecallStandpoint } from './recall-standpoint';
import { type QuestionVector, RecallVectors } from './vectors/recall-vectors';
import { isReadable, type Reader } from './recall-rules';
import type { IndexedItem, ScopeIndex } from './scope-index';
import { estimateTextTokens, TOKENS_PER_ITEM } from './token-estimate';

const DEFAULT_LIMIT = 10;
/** Finds that a prompt is offered at most, and how weak one may be beside the best. */
const PROMPT_LIMIT = 12;
const PROMPT_MIN_SHARE = 0.35;
/** The last turns of the asking session: they stand in the prompt as history, unless the caller says how many do. */
const HISTORY_TURNS = 8;

/** In a place too large for an exact look at all its vectors: those of so many finds are looked at. */
const MOST_FOUND_BY_LETTERS = 1000;

/** What recall may take of a prompt, and how many turns of the asking session stand there anyhow. */
export interface PromptShare {
  readonly maxTokens: number;
  readonly historyTurns?: number;
  /** In which the question says "yesterday"; the tenant's when left out. */
  readonly timeZone?: string;
}

/** The same, and what stands in the prompt already. */
export type RecallShare = PromptShare & { readonly leaveOut: ReadonlySet<string> };

interface ContentOptions {
  readonly explain?: boolean;
  /** Only the best passage of a turn. */
  readonly isShort?: boolean;
  /** With the SQL that answered what was asked. */
  readonly withSql?: boolean;
  /** Of what was rewritten since the moment that was asked for, the words that it had. */
  readonly then?: PastStates;
}

/** Finds turns and facts inside the scope that the reader stands in. */
@Injectable()
export class Recall {
  constructor(
    private readonly database: Database,
    private readonly indexes: LiveIndexes,
    private readonly repository: RecallRepository,
    private readonly standpoint: RecallStandpoint,
    private readonly past: PastMemories,
    private readonly vectors: RecallVectors,
    private readonly settings: RecallSettings,
    private readonly clock: Clock,
  ) {}

  async search(principal: Principal, request: SearchRequest): Promise<RecallItem[]> {
    return (await this.searchFrom(principal, request)).items;
  }

  /** With the place from which was looked. `leaveOut` may be told of it first: it stands elsewhere. */
  async searchFrom(
    principal: Principal,
    request: SearchRequest,
    leaveOut?: (reader: Reader) => Promise<ReadonlySet<string>>,
  ): Promise<{ items: RecallItem[]; reader: Reader }> {
    checkSearch(request);
    const [reader, vector] = await Promise.all([
      this.standpoint.of(principal, request),
      this.vectors.ofQuestion(request.query),
    ]);
    const [then, time, elsewhere] = await Promise.all([
      this.past.read(reader),
      this.standpoint.timeOf(reader, request.query, request.timeZone),
      leaveOut?.(reader),
    ]);
    const items = await this.database.transaction(userScopeOf(principal), async (tx) => {
      const indexes = await this.indexesOf(tx, reader);
      const ranked = await this.rank(tx, reader, vector, {
        indexes: then.isEmpty ? indexes : [...indexes, then.index],
        terms: indexTokens(request.query),
        wanted: traitsWanted(request.query),
        time,
        accepts: (item) =>
          then.isOfThen(item) && isReadable(item, reader) && isWanted(item, request) && !elsewhere?.has(item.id),
        limit: request.limit ?? DEFAULT_LIMIT,
      });
      return this.withContents(tx, reader, ranked, {
        explain: request.explain ?? false,
        isShort: request.maxTokens != null,
        then,
      });
    });
    return { items: request.maxTokens == null ? items : withinTokens(items, request.maxTokens), reader };
  }

  /**
   * What bears on the question and goes into a prompt. The asking session's last turns are left out, since they come as
   * history, and so is what stands there whatever is asked.
   */
  async forPrompt(scope: SessionScope, question: string, share: RecallShare): Promise<RecallItem[]> {
    const { maxTokens, leaveOut, timeZone } = share;
    const reader: Reader = { ...scope, atMs: this.clock.nowMs(), skipsLastTurns: HISTORY_TURNS };
    const [vector, time] = await Promise.all([
      this.vectors.ofQuestion(question),
      this.standpoint.timeOf(reader, question, timeZone),
    ]);
    return this.database.transaction({ tenantId: scope.tenantId, userId: scope.userId }, async (tx) => {
      const indexes = await this.indexesOf(tx, reader);
      const historyIds = lastTurnsOf(indexes, reader);
      const ranked = await this.rank(tx, reader, vector, {
        indexes,
        terms: indexTokens(question),
        wanted: traitsWanted(question),
        time,
        accepts: (item) => isReadable(item, reader) && !leaveOut.has(item.id) && !historyIds.has(item.id),
        limit: PROMPT_LIMIT,
      });
      const strong = ranked.filter(({ score }) => score >= PROMPT_MIN_SHARE * (ranked[0]?.score ?? 0));
      return withinTokens(await this.withContents(tx, reader, strong, { withSql: true, isShort: true }), maxTokens);
    });
  }

  /** By the letters and, where there are any, by the vectors. */
  private async rank(
    tx: Tx,
    reader: Reader,
    vector: QuestionVector | undefined,
    request: RankingRequest,
  ): Promise<RankedItem[]> {
    const { weights } = this.settings;
    const found = () => rankRecall({ ...request, weights, limit: MOST_FOUND_BY_LETTERS }).map(({ item }) => item.id);
    const [own, tenant] = request.indexes.map((index) => ({ size: index.items.length, found }));
    const { tenantId, userId, namespace } = reader;
    const places = [
      // An isolated session has no vectors: nothing of it is kept but what it said.
      ...(own && !reader.isolated ? [{ ...own, place: { tenantId, userId, namespace } }] : []),
      ...(tenant ? [{ ...tenant, place: { tenantId, userId: WHOLE_TENANT, namespace: '' } }] : []),
    ];
    const signals = await this.vectors.signal(tx, vector, places, { limit: request.limit, weight: weights.vector });
    return rankRecall({ ...request, weights, signals });
  }

  /** An isolated session sees itself instead of the user's namespace. What is the whole tenant's holds everywhere. */
  private async indexesOf(tx: Tx, reader: Reader): Promise<ScopeIndex[]> {
    const own =
      reader.isolated && reader.sessionId
        ? this.indexes.isolated(tx, reader, reader.sessionId)
        : this.indexes.current(tx, reader, reader.namespace);
    const tenant: UserScope = { tenantId: reader.tenantId, userId: WHOLE_TENANT };
    return Promise.all([own, this.indexes.current(tx, tenant, '')]);
  }

  private async withContents(
    tx: Tx,
    scope: UserScope,
    ranked: readonly RankedItem[],
    options: ContentOptions,
  ): Promise<RecallItem[]> {
    if (ranked.length === 0) return [];
    const contents = await this.repository.contents(
      tx,
      scope,
      ranked.map(({ item }) => item.id),
    );
    return ranked.flatMap((find) => {
      const content = contents.get(find.item.id);
      const past = options.then?.find(find.item.id);
      return content ? [toRecallItem(find, past ? { ...content, content: past.content } : content, options)] : [];
    });
  }
}

function toRecallItem(
  { item, score, bestPassages, signals }: RankedItem,
  content: RecallContent,
  { explain, withSql, isShort }: ContentOptions,
): RecallItem {
  const common = {
    id: item.id,
    kind: item.kind,
    score: rounded(score),
    sessionId: item.sessionId,
    occurredAt: new Date(item.occurredAtMs).toISOString(),
    ...(explain
      ? { signals: Object.fromEntries(Object.entries(signals).map(([name, part]) => [name, rounded(part)])) }
      : {}),
  };
  if (item.kind === 'fact') {
    const { category, scope, trust = 1 } = item;
    const sources = content.sources ?? [];
    const { document } = content;
    return { ...common, content: content.content, category, scope, trust, sources, ...(document && { document }) };
  }
  const excerpt = excerptOf(content.content, content.passageEnds ?? [], bestPassages, isShort);
  return {
    ...common,
    content: excerpt,
    externalId: content.externalId,
    role: content.role ?? 'user',
    name: content.name,
    ...(withSql && content.sql !== null && { sql: content.sql }),
  };
}

function isWanted(item: IndexedItem, request: SearchRequest): boolean {
  if (request.kinds && !request.kinds.includes(item.kind)) return false;
  // A turn has no category: whoever asks for categories asks for facts.
  if (request.categories && !(item.category && request.categories.includes(item.category))) return false;
  return true;
}

function lastTurnsOf(indexes: readonly ScopeIndex[], reader: Reader): ReadonlySet<string> {
  if (!reader.sessionId || !reader.skipsLastTurns) return new Set();
  const { sessionId, skipsLastTurns } = reader;
  return new Set(
    indexes.flatMap((index) =>
      index
        .turnsOf(sessionId)
        .slice(-skipsLastTurns)
        .map(({ id }) => id),
    ),
  );
}

/** In the order of rank; the first that does not fit ends it, so that a weaker find never pushes out a better one. */
function withinTokens(items: readonly RecallItem[], maxTokens: number): RecallItem[] {
  let left = maxTokens;
  const end = items.findIndex((item) => (left -= tokensOf(item)) < 0);
  return end < 0 ? [...items] : items.slice(0, end);
}

function tokensOf(item: RecallItem): number {
  const { content, sql = '', document } = item;
  return (
    estimateTextTokens(content) +
    estimateTextTokens(sql) +
    estimateTextTokens(document?.heading ?? '') +
    TOKENS_PER_ITEM
  );
}

function rounded(score: number): number {
  return Math.round(score * 10_000) / 10_000;
}
