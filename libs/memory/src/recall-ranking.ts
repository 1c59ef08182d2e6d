import { type LexicalScores, lexicalScores } from './bm25';
import type { Signals } from './memory.types';
import { RECALL_SIGNALS, type RecallSignal } from './recall-signals';
import { RECALL_WEIGHTS, type RecallWeights } from './recall-weights';
import type { IndexedItem, ScopeIndex } from './scope-index';
import { ANY_TIME, type QuestionTime } from './time-frames';
import { maximum, type RecallQuery, SignalView } from './signal-view';

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
  /** Traits that a good answer would have, as bits. */
  readonly wanted?: number;
  /** What the question says about when. */
  readonly time?: QuestionTime;
  readonly indexes: readonly ScopeIndex[];
  readonly accepts: (item: IndexedItem) => boolean;
  readonly limit: number;
  readonly weights?: RecallWeights;
  /** Signals of this query alone, beside RECALL_SIGNALS. */
  readonly signals?: readonly RecallSignal[];
}

/**
 * Ranks turns and facts by the sum of their signals' parts times their factors. The text's part is relative to the best
 * fit over all indexes. Time decides between equals only. Same input, same order.
 */
export function rankRecall(request: RankingRequest): RankedItem[] {
  const { indexes, accepts, limit, weights = RECALL_WEIGHTS } = request;
  const query: RecallQuery = {
    terms: new Set(request.terms),
    wanted: request.wanted ?? 0,
    time: request.time ?? ANY_TIME,
  };
  const signals = [...RECALL_SIGNALS, ...(request.signals ?? [])];
  const lexical = lexicalScores([...query.terms], indexes, weights.character);
  const best = Math.max(0, ...lexical.map(({ items }) => maximum(items)));
  if (best === 0 && !signals.some(({ candidates }) => candidates)) return [];
  const scorers = indexes.map((index, number) => {
    const view = new SignalView(index, query, weights, lexical[number] as LexicalScores, best);
    return new Scorer(view, signals);
  });
  const candidates = new BestCandidates(limit);
  scorers.forEach((scorer) => scorer.offerTo(candidates, accepts));
  return candidates.inOrder().map(({ scorer, at, score }) => scorer.ranked(at, score));
}

interface Candidate {
  readonly scorer: Scorer;
  readonly at: number;
  readonly score: number;
}

/** Scores the items of one index: all of them by a number, and the few that are shown with the reasons. */
class Scorer {
  private readonly byKind: Readonly<Record<IndexedItem['kind'], readonly RecallSignal[]>>;
  /** Those that say something under this query. */
  private readonly speaking: Readonly<Record<IndexedItem['kind'], readonly RecallSignal[]>>;

  constructor(
    readonly view: SignalView,
    private readonly signals: readonly RecallSignal[],
  ) {
    const of = (kind: IndexedItem['kind']) => signals.filter((signal) => signal.of.includes(kind));
    this.byKind = { turn: of('turn'), fact: of('fact') };
    const speaks = (signal: RecallSignal) => !signal.isSilent?.(view);
    this.speaking = { turn: this.byKind.turn.filter(speaks), fact: this.byKind.fact.filter(speaks) };
  }

  /** Whatever shares a word with the query, or stands beside a turn that does, or is named by a signal. */
  offerTo(best: BestCandidates, accepts: (item: IndexedItem) => boolean): void {
    const { view } = this;
    const { items } = view.index;
    const named = new Set(this.signals.flatMap((signal) => [...(signal.candidates?.(view) ?? [])]));
    for (let at = 0; at < items.length; at++) {
      if (view.own(at) === 0 && !view.isBesideFit(at) && !named.has(at)) continue;
      const item = items[at] as IndexedItem;
      const score = this.score(item, at);
      if (best.mayTake(score) && accepts(item)) best.offer(this, at, score);
    }
  }

  ranked(at: number, score: number): RankedItem {
    const item = this.view.index.items[at] as IndexedItem;
    const scores = this.view.passages(at);
    const order = scores.map((_, passage) => passage);
    const bestPassages = order.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
    return { item, score, bestPassages, signals: this.partsOf(item, at) };
  }

  private score(item: IndexedItem, at: number): number {
    let [sum, factor] = [0, 1];
    const { speaking, view } = this;
    for (const signal of view.index.isFact[at] ? speaking.fact : speaking.turn) {
      const part = signal.part(view, item, at);
      if (signal.how === 'added') sum += part;
      else factor *= part;
    }
    return sum * factor;
  }

  private partsOf(item: IndexedItem, at: number): Signals {
    return Object.fromEntries(
      this.byKind[item.kind].map((signal) => [signal.name, signal.part(this.view, item, at)] as const),
    );
  }
}

/** The best candidates of all that were offered. Only those above the bar are kept: thousands come, ten are shown. */
class BestCandidates {
  private kept: Candidate[] = [];
  private bar = -Infinity;

  constructor(private readonly limit: number) {}

  /** One that is equal stays: time and id decide. */
  mayTake(score: number): boolean {
    return score >= this.bar;
  }

  offer(scorer: Scorer, at: number, score: number): void {
    this.kept.push({ scorer, at, score });
    // Now and then: rarely enough to be cheap, often enough for the bar to rise early.
    if (this.kept.length >= 4 * this.limit) this.cut();
  }

  inOrder(): readonly Candidate[] {
    this.cut();
    return this.kept;
  }

  private cut(): void {
    this.kept = this.kept.sort(byScore).slice(0, this.limit);
    if (this.kept.length === this.limit) this.bar = this.kept.at(-1)?.score ?? -Infinity;
  }
}

function byScore(left: Candidate, right: Candidate): number {
  const [one, other] = [left, right].map(({ scorer, at }) => scorer.view.index.items[at] as IndexedItem) as [
    IndexedItem,
    IndexedItem,
  ];
  return right.score - left.score || other.occurredAtMs - one.occurredAtMs || (one.id < other.id ? -1 : 1);
}
