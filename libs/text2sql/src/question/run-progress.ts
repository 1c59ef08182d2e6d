import type { AnswerTimings, AnswerUsage } from './answer';

/** A round that failed, or is doubted: what the model said, and what was wrong with it. */
export interface FailedRound {
  /**
   * Its SQL ran and found nothing, or was not run for what its plan costs: an answer all the same, should the next round
   * give no better one.
   */
  readonly because?: 'no-rows' | 'too-dear';
  readonly reply: string;
  readonly complaint: string;
}

/** A statement that ran on a data source, for the audit log: hashes and names, no text. */
export interface RanSql {
  readonly sha256: string;
  readonly relations: readonly string[];
  readonly outcome: string;
  readonly rowCount?: number;
}

type Part = 'contextMs' | 'modelMs' | 'guardMs' | 'databaseMs';

/** What a question keeps while it waits in the line. */
export interface SavedProgress {
  readonly usage: Omit<AnswerUsage, 'costUsd'> & { readonly costNanoUsd: string };
  readonly times: Readonly<Record<Part, number>>;
  readonly runMs: number;
  readonly rounds: readonly FailedRound[];
  readonly ran: readonly RanSql[];
  /** Replies that were none. Absent: there was no such reply. */
  readonly invalidReplies?: number;
}

/** Tokens of one attempt, as the llm library reports them. */
export interface AttemptUsage {
  readonly model: string;
  readonly costNanoUsd: bigint;
  readonly usage: {
    readonly inputTokens: number;
    readonly cacheReadTokens: number;
    readonly cacheWrite5mTokens: number;
    readonly cacheWrite1hTokens: number;
    readonly outputTokens: number;
  };
}

const NOTHING: SavedProgress = {
  usage: {
    model: null,
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    attempts: 0,
    costNanoUsd: '0',
  },
  times: { contextMs: 0, modelMs: 0, guardMs: 0, databaseMs: 0 },
  runMs: 0,
  rounds: [],
  ran: [],
};

/** What all runs of one question together spent and tried. */
export class RunProgress {
  private usage: SavedProgress['usage'];
  /** Calls beside the answer are the last of a run: they need not outlive it. */
  private aside = { tokens: 0, nanoUsd: 0n };
  private readonly times: Record<Part, number>;
  private readonly earlierRunMs: number;
  readonly rounds: FailedRound[];
  readonly ran: RanSql[];
  invalidReplies: number;

  constructor(
    saved: SavedProgress | undefined,
    private readonly startedMs: number,
  ) {
    const from = saved ?? NOTHING;
    this.usage = from.usage;
    this.times = { ...from.times };
    this.earlierRunMs = from.runMs;
    this.rounds = [...from.rounds];
    this.ran = [...from.ran];
    this.invalidReplies = from.invalidReplies ?? 0;
  }

  /** Measures `work` under `part`, whether it succeeds or not. */
  async time<T>(part: Part, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.times[part] += performance.now() - started;
    }
  }

  /**
   * `aside`: a call beside the answer, such as a summary; `candidate`: another answer, which may not be taken. With both the
   * model that answered stays the one that is told.
   */
  addAttempt({ model, usage, costNanoUsd }: AttemptUsage, role: 'answer' | 'candidate' | 'aside' = 'answer'): void {
    const before = this.weightedTokens();
    const so = this.usage;
    this.usage = {
      model: role === 'answer' ? model : (so.model ?? model),
      inputTokens: so.inputTokens + usage.inputTokens,
      cacheReadTokens: so.cacheReadTokens + usage.cacheReadTokens,
      cacheWriteTokens: so.cacheWriteTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      outputTokens: so.outputTokens + usage.outputTokens,
      attempts: so.attempts + 1,
      costNanoUsd: String(BigInt(so.costNanoUsd) + costNanoUsd),
    };
    if (role !== 'aside') return;
    const { tokens, nanoUsd } = this.aside;
    this.aside = { tokens: tokens + this.weightedTokens() - before, nanoUsd: nanoUsd + costNanoUsd };
  }

  /** A candidate became the answer. */
  answeredBy(model: string): void {
    this.usage = { ...this.usage, model };
  }

  /** What the fair order counts: as the limits of the budget do, a tenth of what came from the provider's cache. */
  weightedTokens(): number {
    const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = this.usage;
    return inputTokens + cacheWriteTokens + outputTokens + cacheReadTokens / 10;
  }

  /** What the answer cost, as limits count it, without what was asked beside it. */
  paid(): { readonly tokens: number; readonly nanoUsd: bigint; readonly model: string | undefined } {
    const { costNanoUsd, model } = this.usage;
    const nanoUsd = BigInt(costNanoUsd) - this.aside.nanoUsd;
    return { tokens: this.weightedTokens() - this.aside.tokens, nanoUsd, model: model ?? undefined };
  }

  usageOf(): AnswerUsage {
    const { costNanoUsd, ...tokens } = this.usage;
    return { ...tokens, costUsd: Number(costNanoUsd) / 1e9 };
  }

  timings(createdMs: number, nowMs: number): AnswerTimings {
    const totalMs = Math.max(0, nowMs - createdMs);
    const [contextMs, modelMs, guardMs, databaseMs] = [
      this.times.contextMs,
      this.times.modelMs,
      this.times.guardMs,
      this.times.databaseMs,
    ].map(rounded) as [number, number, number, number];
    return {
      queueMs: Math.max(0, rounded(totalMs - this.runMs(nowMs))),
      contextMs,
      modelMs,
      guardMs,
      databaseMs,
      totalMs,
    };
  }

  save(nowMs: number): SavedProgress {
    const { usage, times, rounds, ran, invalidReplies } = this;
    return { usage, times, runMs: this.runMs(nowMs), rounds, ran, ...(invalidReplies > 0 && { invalidReplies }) };
  }

  private runMs(nowMs: number): number {
    return this.earlierRunMs + Math.max(0, nowMs - this.startedMs);
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
