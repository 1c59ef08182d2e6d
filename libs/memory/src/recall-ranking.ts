import { type LexicalScores, lexicalScores } from './bm25';
import type { Signals } from './memory.types';
import type { IndexedItem, ScopeIndex } from './scope-index';

/** How much each signal counts beside the text itself. They are not fragile: halving one costs about a point of recall. */
export interface RecallWeights {
  readonly previous: number;
  readonly next: number;
  readonly session: number;
  readonly speaker: number;
  /** What an unnamed assistant said counts this much: people ask for what they themselves said. */
  readonly assistant: number;
  readonly fact: number;
}

export const RECALL_WEIGHTS: RecallWeights = {
  previous: 0.5,
  next: 0.3,
  session: 0.5,
  speaker: 1.3,
  assistant: 0.5,
  fact: 1.6,
};

/** One find: where it lies, its score, and the part of each signal. */
export interface RankedItem {
  readonly item: IndexedItem;
  readonly score: number;
  /** Numbers of its passages, the best first. */
  readonly bestPassages: readonly number[];
  readonly signals: Signals;
}

export interface RankingRequest {
  readonly terms: readonly string[];
  readonly indexes: readonly ScopeIndex[];
  readonly accepts: (item: IndexedItem) => boolean;
  readonly limit: number;
  readonly weights?: RecallWeights;
}

/**
 * Ranks turns and facts. A turn's score is its own fit, plus a part of its neighbours' and its session's, more when the
 * query names its speaker; each is relative to the best. Time decides between equals only. Same input, same order.
 */
export function rankRecall(request: RankingRequest): RankedItem[] {
  const { indexes, accepts, limit, weights = RECALL_WEIGHTS } = request;
  const terms = new Set(request.terms);
  const lexical = lexicalScores([...terms], indexes);
  const best = Math.max(...lexical.map(({ items }) => maximum(items)));
  if (!(best > 0)) return [];
  const found = indexes.flatMap((index, number) => {
    const context = { index, lexical: lexical[number] as LexicalScores, best, terms, weights };
    const sessionBest = maximum(context.lexical.sessions) || 1;
    return index.items.flatMap((item, at) => (accepts(item) ? scoreOf({ ...context, sessionBest }, item, at) : []));
  });
  return found.sort(byScore).slice(0, limit).map(withPassages);
}

interface Context {
  readonly index: ScopeIndex;
  readonly lexical: LexicalScores;
  readonly best: number;
  readonly sessionBest: number;
  readonly terms: ReadonlySet<string>;
  readonly weights: RecallWeights;
}

interface Found {
  readonly item: IndexedItem;
  readonly score: number;
  readonly signals: Signals;
  readonly at: number;
  readonly context: Context;
}

function scoreOf(context: Context, item: IndexedItem, at: number): Found[] {
  const own = (context.lexical.items[at] as number) / context.best;
  const signals = item.kind === 'fact' ? factSignals(context, item, own) : turnSignals(context, item, at, own);
  if (own === 0 && !signals.previous && !signals.next) return [];
  const { speaker = 1, role = 1, ...parts } = signals;
  const score = Object.values(parts).reduce((sum, part) => sum + part, 0) * speaker * role;
  return [{ item, score, signals, at, context }];
}

function factSignals({ weights }: Context, item: IndexedItem, own: number): Record<string, number> {
  // Importance tilts, it does not decide: a fact without a word in common stays out.
  return { text: own * weights.fact, importance: own * 0.4 * ((item.importance ?? 0.5) - 0.5) };
}

function turnSignals(context: Context, item: IndexedItem, at: number, own: number): Record<string, number> {
  const { index, lexical, best, sessionBest, terms, weights } = context;
  const session = index.sessionOf[at] as number;
  const place = index.placeInSession[at] as number;
  const neighbour = (step: number) => (lexical.items[index.sessionTurns[session]?.[place + step] ?? -1] ?? 0) / best;
  const signals: Record<string, number> = {
    text: own,
    previous: weights.previous * neighbour(-1),
    next: weights.next * neighbour(1),
    session: (weights.session * (lexical.sessions[session] ?? 0)) / sessionBest,
  };
  if (item.speaker && namesSpeaker(item.speaker, terms)) signals.speaker = weights.speaker;
  if (!item.speaker && item.role === 'assistant') signals.role = weights.assistant;
  return signals;
}

/** Any one part of a name is enough: people ask for "Caroline", not for "Caroline Smith". */
function namesSpeaker(speaker: string, terms: ReadonlySet<string>): boolean {
  return speaker.split(' ').some((part) => terms.has(part));
}

function byScore(left: Found, right: Found): number {
  return (
    right.score - left.score ||
    right.item.occurredAtMs - left.item.occurredAtMs ||
    (left.item.id < right.item.id ? -1 : 1)
  );
}

function withPassages({ item, score, signals, at, context }: Found): RankedItem {
  const first = context.index.firstPassages[at] as number;
  const scores = item.passages.map((_, passage) => context.lexical.passages[first + passage] as number);
  const bestPassages = scores
    .map((_, passage) => passage)
    .sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  return { item, score, bestPassages, signals };
}

function maximum(values: Float64Array): number {
  return values.reduce((best, value) => Math.max(best, value), 0);
}
