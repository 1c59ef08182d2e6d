import type { Problem } from '@memori/errors';
import type { ChartSpec } from '../presentation/chart';
import type { ContextAccount } from '../context/answer-prompt';

/** Where a question stands. The last five are final. */
export const QUESTION_STATUSES = [
  'queued',
  'running',
  'answered',
  'clarification',
  'refused',
  'failed',
  'cancelled',
] as const;

export type QuestionStatus = (typeof QUESTION_STATUSES)[number];

export interface AnswerColumn {
  readonly name: string;
  /** As PostgreSQL's `format_type()` prints it. */
  readonly type: string;
  /** Its name for people, in the language of the answer. */
  readonly label?: string;
}

/** Tokens and money of all attempts at the model together. */
export interface AnswerUsage {
  readonly model: string | null;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly attempts: number;
}

export interface AnswerBudgetLine {
  readonly scope: string;
  readonly window: string;
  /** What its amounts count. */
  readonly unit?: 'tokens' | 'usd';
  readonly limit: number;
  readonly posted: number;
  readonly held: number;
  readonly remaining: number;
  readonly resetsAt: string | null;
}

/** Where the time went. `queueMs` is what the question waited in the line. */
export interface AnswerTimings {
  readonly queueMs: number;
  readonly contextMs: number;
  readonly modelMs: number;
  readonly guardMs: number;
  readonly databaseMs: number;
  readonly totalMs: number;
}

/** What a question would come to, by the arithmetic that a real one goes by. */
export interface AnswerQuote {
  readonly source: 'model' | 'verified-query' | 'cache';
  /** The model that would be asked first, and why that one; null when none would be. */
  readonly model: string | null;
  readonly modelReason: string | null;
  /** The most that one attempt could be billed, by kind. What is written to the provider's cache is counted there alone. */
  readonly atMost: {
    readonly inputTokens: number;
    readonly cacheWriteTokens: number;
    readonly outputTokens: number;
    readonly costUsd: number;
  };
  /** The input as it is estimated: what the limit of one request bounds. */
  readonly estimatedInputTokens: number;
  /** What would keep it from being answered now. */
  readonly wouldFail: QuotedFailure | null;
  /** What would stand in the prompt and what would not, as `GET …/context` tells it afterwards. */
  readonly context: ContextAccount | null;
}

export interface QuotedFailure {
  readonly code: 'budget-exhausted' | 'model-not-configured';
  /** `request`, or scope and window like `user/day`. */
  readonly limitSource?: string;
  readonly unit?: 'tokens' | 'usd';
  readonly limit?: number;
  readonly remaining?: number;
  readonly asked?: number;
  readonly resetsAt?: string | null;
}

export type AnswerProblem = Problem & { readonly questionId: string };

/** An answer as clients see it, but for its rows: those travel beside it as JSON text that nobody parses. */
export interface AnswerHead {
  readonly id: string;
  readonly sessionId: string;
  readonly dataSourceId: string;
  readonly status: QuestionStatus;
  readonly source?: 'model' | 'verified-query' | 'cache';
  readonly question: string;
  readonly sql?: string;
  readonly columns?: readonly AnswerColumn[];
  readonly rowCount?: number;
  readonly truncated?: boolean;
  readonly explanation?: string;
  /** What came out, in a sentence. */
  readonly summary?: string;
  readonly assumptions?: readonly string[];
  readonly clarification?: { readonly question: string; readonly options: readonly string[] };
  readonly refusal?: { readonly code: string; readonly reason: string };
  readonly error?: AnswerProblem;
  readonly confidence?: 'high' | 'medium' | 'low';
  readonly chart?: ChartSpec;
  readonly queue?: { readonly position: number; readonly estimatedWaitMs: number };
  readonly memories: readonly { readonly id: string; readonly content: string; readonly score: number }[];
  readonly usage: AnswerUsage;
  readonly budget: readonly AnswerBudgetLine[];
  readonly timings: AnswerTimings;
  readonly createdAt: string;
  readonly finishedAt?: string;
  /** The rows are no longer kept; `GET …/rows` runs the SQL again. */
  readonly rowsExpired?: boolean;
  /** Of a dry run. */
  readonly quote?: AnswerQuote;
}

/** An answer with its rows, each as one JSON array in text form. */
export interface AskOutcome {
  readonly answer: AnswerHead;
  readonly rows: readonly string[] | undefined;
  /** The idempotency key was seen before: this is the question of that time. */
  readonly replayed: boolean;
}

export const NO_USAGE: AnswerUsage = {
  model: null,
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  costUsd: 0,
  attempts: 0,
};

export const NO_TIMINGS: AnswerTimings = {
  queueMs: 0,
  contextMs: 0,
  modelMs: 0,
  guardMs: 0,
  databaseMs: 0,
  totalMs: 0,
};

export function hasEnded(status: QuestionStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

/** An answer with its rows as one JSON text, the rows spliced in as they are: no number in them is rounded. */
export function answerJson({ answer, rows }: Pick<AskOutcome, 'answer' | 'rows'>): string {
  const head = JSON.stringify(answer);
  return rows ? `${head.slice(0, -1)},"rows":[${rows.join(',')}]}` : head;
}
