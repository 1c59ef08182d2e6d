import { type LexicalScores, lexicalScores } from './bm25';
import type { Signals } from './memory.types';
import { TRAIT } from '@memori/text';
import type { IndexedItem, ScopeIndex } from './scope-index';

/**
 * How much each signal counts beside the text itself. Chosen on long conversations of two people, each left out in turn;
 * a neighbouring value of any one moves recall at ten by less than a point. The last two are judged, not measured.
 */
export interface RecallWeights {
  readonly previous: number;
  readonly next: number;
  /** Of the turns two before and two after. */
  readonly previous2: number;
  readonly next2: number;
  /** Beside `previous`, when the previous turn asks: what answers it need not repeat its words. */
  readonly answer: number;
  readonly session: number;
  /** Factor of a turn whose speaker the query names. */
  readonly speaker: number;
  /** Factor of a turn that ends with a question: what is looked for is rather said than asked. */
  readonly asking: number;
  /** For a turn that says when, or how many, if that is what the query asks for. */
  readonly dated: number;
  readonly counted: number;
  /** What an unnamed assistant said counts this much: people ask for what they themselves said. */
  readonly assistant: number;
  readonly fact: number;
}

export const RECALL_WEIGHTS: RecallWeights = {
  previous: 0.1,
  next: 0.3,
  previous2: 0.3,
  next2: 0.2,
  answer: 0.8,
  session: 0.6,
  speaker: 1.3,
  asking: 0.8,
  dated: 0.2,
  counted: 0.1,
  assistant: 0.3,
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
  /** Traits that a good answer would have, as bits. */
  readonly wanted?: number;
  readonly indexes: readonly ScopeIndex[];
  readonly accepts: (item: IndexedItem) => boolean;
  readonly limit: number;
  readonly weights?: RecallWeights;
}

/**
 * Ranks turns and facts. A turn's score is its own fit, plus a part of its neighbours' and its session's, more when it
 * answers a question that fits, or the query names its speaker; each is relative to the best. Time decides between
 * equals only. Same input, same order.
 */
export function rankRecall(request: RankingRequest): RankedItem[] {
  const { indexes, accepts, limit, weights = RECALL_WEIGHTS } = request;
  const terms = new Set(request.terms);
  const lexical = lexicalScores([...terms], indexes);
  const best = Math.max(0, ...lexical.map(({ items }) => maximum(items)));
  if (best === 0) return [];
  const scorers = indexes.map(
    (index, number) =>
      new Scorer(index, lexical[number] as LexicalScores, best, { terms, wanted: request.wanted ?? 0 }, weights),
  );
  const candidates = scorers.flatMap((scorer) => scorer.candidates(accepts));
  return bestOf(candidates, limit).map(({ scorer, at, score }) => scorer.ranked(at, score));
}

interface Candidate {
  readonly scorer: Scorer;
  readonly at: number;
  readonly score: number;
}

/** Scores the items of one index: all of them by a number, and the few that are shown with the reasons. */
class Scorer {
  private readonly sessionBest: number;
  private readonly namedSpeakers = new Map<string, boolean>();

  constructor(
    readonly index: ScopeIndex,
    private readonly lexical: LexicalScores,
    private readonly best: number,
    private readonly query: { readonly terms: ReadonlySet<string>; readonly wanted: number },
    private readonly weights: RecallWeights,
  ) {
    this.sessionBest = maximum(lexical.sessions) || 1;
  }

  /** Whatever shares a word with the query, or stands beside a turn that does. */
  candidates(accepts: (item: IndexedItem) => boolean): Candidate[] {
    const found: Candidate[] = [];
    this.index.items.forEach((item, at) => {
      if (![0, -1, 1, -2, 2].some((step) => this.neighbour(at, step) > 0)) return;
      if (accepts(item)) found.push({ scorer: this, at, score: this.score(item, at) });
    });
    return found;
  }

  ranked(at: number, score: number): RankedItem {
    const item = this.index.items[at] as IndexedItem;
    const first = this.index.firstPassages[at] as number;
    const scores = item.passages.map((_, passage) => this.lexical.passages[first + passage] as number);
    const order = scores.map((_, passage) => passage);
    const bestPassages = order.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
    return { item, score, bestPassages, signals: this.signals(item, at) };
  }

  private score(item: IndexedItem, at: number): number {
    const own = this.own(at);
    if (item.kind === 'fact') return own * this.weights.fact + this.importance(item, own);
    const sum = own + this.around(at) + this.weights.session * this.session(at) + this.fits(item);
    return sum * this.speaker(item) * this.role(item) * this.form(item);
  }

  /** The parts of the score; `speaker`, `role` and `form` are factors, the others are added up. */
  private signals(item: IndexedItem, at: number): Signals {
    const own = this.own(at);
    if (item.kind === 'fact') return { text: own * this.weights.fact, importance: this.importance(item, own) };
    return {
      text: own,
      around: this.around(at),
      session: this.weights.session * this.session(at),
      speaker: this.speaker(item),
      fits: this.fits(item),
      role: this.role(item),
      form: this.form(item),
    };
  }

  private own(at: number): number {
    return (this.lexical.items[at] as number) / this.best;
  }

  private neighbour(at: number, step: number): number {
    const neighbour = step === 0 ? at : this.numberOf(at, step);
    return neighbour === undefined ? 0 : this.own(neighbour);
  }

  private numberOf(at: number, step: number): number | undefined {
    const session = this.index.sessionTurns[this.index.sessionOf[at] as number];
    return session?.[(this.index.placeInSession[at] as number) + step];
  }

  /**
   * What stands around a turn, and more of the question that it answers. Only among people, who have names: in a chat with
   * an assistant each message says all of it, and the neighbours of a good one are long texts about the same.
   */
  private around(at: number): number {
    if (this.index.items[at]?.speaker === undefined) return 0;
    const { previous, previous2, next, next2, answer } = this.weights;
    const before = this.numberOf(at, -1);
    const asked = before !== undefined && (traitsIn(this.index, before) & TRAIT.asks) !== 0;
    return (
      (previous + (asked ? answer : 0)) * this.neighbour(at, -1) +
      next * this.neighbour(at, 1) +
      previous2 * this.neighbour(at, -2) +
      next2 * this.neighbour(at, 2)
    );
  }

  /** It says when, or how many, and that was asked for. */
  private fits({ traits = 0 }: IndexedItem): number {
    const met = traits & this.query.wanted;
    return (met & TRAIT.dated ? this.weights.dated : 0) + (met & TRAIT.counted ? this.weights.counted : 0);
  }

  private form({ traits = 0, speaker }: IndexedItem): number {
    return speaker !== undefined && traits & TRAIT.endsAsking ? this.weights.asking : 1;
  }

  private session(at: number): number {
    return (this.lexical.sessions[this.index.sessionOf[at] as number] ?? 0) / this.sessionBest;
  }

  /** Any one part of a name is enough: people ask for "Caroline", not for "Caroline Smith". */
  private speaker({ speaker }: IndexedItem): number {
    if (speaker === undefined) return 1;
    let isNamed = this.namedSpeakers.get(speaker);
    if (isNamed === undefined) {
      isNamed = speaker.split(' ').some((part) => this.query.terms.has(part));
      this.namedSpeakers.set(speaker, isNamed);
    }
    return isNamed ? this.weights.speaker : 1;
  }

  private role({ role, speaker }: IndexedItem): number {
    return role === 'assistant' && speaker === undefined ? this.weights.assistant : 1;
  }

  /** Importance tilts, it does not decide: a fact without a word in common stays out. */
  private importance({ importance = 0.5 }: IndexedItem, own: number): number {
    return own * 0.4 * (importance - 0.5);
  }
}

function traitsIn(index: ScopeIndex, at: number): number {
  return index.items[at]?.traits ?? 0;
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
  const [one, other] = [left, right].map(({ scorer, at }) => scorer.index.items[at] as IndexedItem) as [
    IndexedItem,
    IndexedItem,
  ];
  return right.score - left.score || other.occurredAtMs - one.occurredAtMs || (one.id < other.id ? -1 : 1);
}

function maximum(values: Float64Array): number {
  let best = 0;
  for (const value of values) if (value > best) best = value;
  return best;
}
