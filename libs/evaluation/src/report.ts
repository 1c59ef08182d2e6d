/** A measured value with its 95 % interval. Shares lie between 0 and 1; times are milliseconds, money US dollars. */
export interface Metric {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export const KINDS = ['linking', 'guard', 'cache', 'answers', 'followups', 'memory'] as const;
export type EvaluationKind = (typeof KINDS)[number];

/** One case: whether it came out as it should, and what is needed to look into it. */
export interface EvaluationItem {
  readonly id: string;
  readonly ok: boolean;
  readonly [more: string]: unknown;
}

/** A case that could not be judged. It counts neither for nor against. */
export interface SkippedCase {
  readonly id: string;
  readonly reason: string;
}

/** What an evaluation found, before it is known who asked for it. */
export interface Findings {
  readonly n: number;
  readonly skipped: readonly SkippedCase[];
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly items: readonly EvaluationItem[];
  /** Of memory: where the facts came from. */
  readonly facts?: string;
  /** Of memory: the model that vectors were made by, or `none`. */
  readonly vectors?: string;
}

/** The JSON that `evaluate` writes, and compares with by `--against`. */
export interface EvaluationReport extends Findings {
  readonly kind: EvaluationKind;
  /** As typed, passwords left out. */
  readonly command: string;
  /** Of the code that measured; null where there is no git. */
  readonly commit: string | null;
  /** ISO 8601, UTC. */
  readonly date: string;
}

/** Called after each case, for a progress bar. */
export type Progress = (done: number, total: number) => void;
