import { lexicalScores, type LexicalScores } from './bm25';
import { restatements } from './restatements';
import type { IndexedItem, ScopeIndex } from './scope-index';
import type { RecallWeights } from './recall-weights';
import type { QuestionTime } from './time-frames';

/** What is asked, as signals read it. */
export interface RecallQuery {
  readonly terms: ReadonlySet<string>;
  /** Traits that a good answer would have, as bits of TRAIT. */
  readonly wanted: number;
  readonly time: QuestionTime;
}

/** One index under one query: what every signal may look at. Scores are relative to the best over all indexes. */
export class SignalView {
  private readonly sessionBest: number;
  /** Few people say all of it: each is looked at once. */
  private readonly namedSpeakers: readonly boolean[];
  private bestBefore?: Float64Array;
  private restated?: ReadonlyMap<number, number>;
  private anchors?: readonly { readonly side: 'before' | 'after'; readonly ms: number }[];

  constructor(
    readonly index: ScopeIndex,
    readonly query: RecallQuery,
    readonly weights: RecallWeights,
    private readonly lexical: LexicalScores,
    private readonly best: number,
  ) {
    this.sessionBest = maximum(lexical.sessions) || 1;
    this.namedSpeakers = index.speakers.map((name) => name.split(' ').some((part) => query.terms.has(part)));
  }

  /** How well the item's own words fit, 0 to 1. */
  own(at: number): number {
    return this.best === 0 ? 0 : (this.lexical.items[at] as number) / this.best;
  }

  /** Whether a turn that fits stands at most two steps from it. */
  isBesideFit(at: number): boolean {
    for (let step = -2; step <= 2; step++) if (step !== 0 && this.ownBeside(at, step) > 0) return true;
    return false;
  }

  /** The same of the turn so many steps after it in its session; 0 where there is none. */
  ownBeside(at: number, step: number): number {
    const beside = this.beside(at, step);
    return beside === undefined ? 0 : this.own(beside);
  }

  /** Number of the turn so many steps after it in its session. */
  beside(at: number, step: number): number | undefined {
    // Asked thousands of times a search: an array that is read below its start is slow as a dictionary.
    const session = this.index.sessionOf[at] as number;
    if (session < 0) return undefined;
    const place = (this.index.placeInSession[at] as number) + step;
    const turns = this.index.sessionTurns[session] as number[];
    return place >= 0 && place < turns.length ? turns[place] : undefined;
  }

  /**
   * Whether the question names who speaks. Any one part of a name is enough: people ask for "Caroline", not for "Caroline
   * Smith".
   */
  isNamed(at: number): boolean {
    return this.namedSpeakers[this.index.speakerOf[at] as number] === true;
  }

  /** Whether it names any speaker at all. */
  get namesAnybody(): boolean {
    return this.namedSpeakers.includes(true);
  }

  /** How well the item's session fits as a whole, 0 to 1. */
  session(at: number): number {
    const session = this.index.sessionOf[at] as number;
    return session < 0 ? 0 : (this.lexical.sessions[session] as number) / this.sessionBest;
  }

  /** Whether a user said something before it that fits at least as well: what this turn may replace. */
  mayReplace(at: number): boolean {
    this.bestBefore ??= this.bestBeforeEach();
    return (this.bestBefore[at] as number) >= this.own(at);
  }

  /** Of each turn, the best fit among what users said before. */
  private bestBeforeEach(): Float64Array {
    const { items } = this.index;
    const turns = items.flatMap((item, at) => (item.kind === 'turn' && item.role === 'user' ? [at] : []));
    turns.sort((a, b) => (items[a] as IndexedItem).occurredAtMs - (items[b] as IndexedItem).occurredAtMs || a - b);
    const before = new Float64Array(items.length).fill(-1);
    let best = -1;
    for (const at of turns) {
      before[at] = best;
      best = Math.max(best, this.own(at));
    }
    return before;
  }

  /** How well the best turn fits that this one says again with another number; 0: none. */
  restates(at: number): number {
    this.restated ??= restatements({ index: this.index, words: this.query.terms, own: (turn) => this.own(turn) });
    return this.restated.get(at) ?? 0;
  }

  /** When the events took place that the question names ("before we moved"): the moment of the turn that tells best of each. */
  anchorTimes(): readonly { readonly side: 'before' | 'after'; readonly ms: number }[] {
    this.anchors ??= this.query.time.anchors.flatMap(({ side, terms }) => {
      const [scores] = lexicalScores(terms, [this.index], this.weights.character);
      const best = scores ? scores.items.indexOf(maximum(scores.items)) : -1;
      const told = scores?.items[best] ? this.index.items[best] : undefined;
      return told ? [{ side, ms: told.occurredAtMs }] : [];
    });
    return this.anchors;
  }

  /** Scores of the item's passages, in order. */
  passages(at: number): number[] {
    const first = this.index.firstPassages[at] as number;
    const { passages } = this.index.items[at] as IndexedItem;
    return passages.map((_, passage) => this.lexical.passages[first + passage] as number);
  }
}

export function maximum(values: Float64Array): number {
  let best = 0;
  for (const value of values) if (value > best) best = value;
  return best;
}
