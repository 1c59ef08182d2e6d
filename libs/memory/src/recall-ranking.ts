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
  const lexical = lexicalScores([...query.terms], indexes);
  const best = Math.max(0, ...lexical.map(({ items }) => maximum(items)));
  if (best === 0 && !signals.some(({ candidates }) => candidates)) return [];
  const scorers = indexes.map((index, number) => {
    const view = new SignalView(index, query, weights, lexical[number] as LexicalScores, best);
    return new Scorer(view, signals);
  });
  const candidates = scorers.flatMap((scorer) => scorer.candidates(accepts));
  return bestOf(candidates, limit).map(({ scorer, at, score }) => scorer.ranked(at, score));
}

interface Candidate {
  readonly scorer: Scorer;
  readonly at: number;
  readonly score: number;
}

const STEPS = [-1, 1, -2, 2];

/** Scores the items of one index: all of them by a number, and the few that are shown with the reasons. */
class Scorer {
  private readonly byKind: Readonly<Record<IndexedItem['kind'], readonly RecallSignal[]>>;

  constructor(
    readonly view: SignalView,
    private readonly signals: readonly RecallSignal[],
  ) {
    const of = (kind: IndexedItem['kind']) => signals.filter((signal) => signal.of.includes(kind));
    this.byKind = { turn: of('turn'), fact: of('fact') };
  }

  /** Whatever shares a word with the query, or stands beside a turn that does, or is named by a signal. */
  candidates(accepts: (item: IndexedItem) => boolean): Candidate[] {
    const { view } = this;
    const named = new Set(this.signals.flatMap((signal) => [...(signal.candidates?.(view) ?? [])]));
    const found: Candidate[] = [];
    view.index.items.forEach((item, at) => {
      if (!named.has(at) && STEPS.every((step) => view.ownBeside(at, step) === 0) && view.own(at) === 0) return;
      if (accepts(item)) found.push({ scorer: this, at, score: this.score(item, at) });
    });
    return found;
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
    for (const signal of this.byKind[item.kind]) {
      const part = signal.part(this.view, item, at);
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

/** Sorts only what can be among the first `limit`. */
function bestOf(candidates: readonly Candidate[], limit: number): Candidate[] {
  const scores = Float64Array.from(candidates, ({ score }) => score).sort();
  const least = scores[Math.max(scores.length - limit, 0)] ?? 0;
  return candidates
    .filter(({ score }) => score >= least)
    .sort(byScore)
    .slice(0, limit);
}

function byScore(left: Candidate, right: Candidate): number {
  const [one, other] = [left, right].map(({ scorer, at }) => scorer.view.index.items[at] as IndexedItem) as [
    IndexedItem,
    IndexedItem,
  ];
  return right.score - left.score || other.occurredAtMs - one.occurredAtMs || (one.id < other.id ? -1 : 1);
}
