import type { LexicalScores } from './bm25';
import type { IndexedItem, ScopeIndex } from './scope-index';
import type { RecallWeights } from './recall-weights';

/** What is asked, as signals read it. */
export interface RecallQuery {
  readonly terms: ReadonlySet<string>;
  /** Traits that a good answer would have, as bits of TRAIT. */
  readonly wanted: number;
}

/** One index under one query: what every signal may look at. Scores are relative to the best over all indexes. */
export class SignalView {
  private readonly sessionBest: number;

  constructor(
    readonly index: ScopeIndex,
    readonly query: RecallQuery,
    readonly weights: RecallWeights,
    private readonly lexical: LexicalScores,
    private readonly best: number,
  ) {
    this.sessionBest = maximum(lexical.sessions) || 1;
  }

  /** How well the item's own words fit, 0 to 1. */
  own(at: number): number {
    return this.best === 0 ? 0 : (this.lexical.items[at] as number) / this.best;
  }

  /** The same of the turn so many steps after it in its session; 0 where there is none. */
  ownBeside(at: number, step: number): number {
    const beside = this.beside(at, step);
    return beside === undefined ? 0 : this.own(beside);
  }

  /** Number of the turn so many steps after it in its session. */
  beside(at: number, step: number): number | undefined {
    const session = this.index.sessionTurns[this.index.sessionOf[at] as number];
    return session?.[(this.index.placeInSession[at] as number) + step];
  }

  itemBeside(at: number, step: number): IndexedItem | undefined {
    const beside = this.beside(at, step);
    return beside === undefined ? undefined : this.index.items[beside];
  }

  /** How well the item's session fits as a whole, 0 to 1. */
  session(at: number): number {
    return (this.lexical.sessions[this.index.sessionOf[at] as number] ?? 0) / this.sessionBest;
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
