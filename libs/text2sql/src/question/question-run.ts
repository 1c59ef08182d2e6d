import type { RecallItem } from '@memori/memory';
import type { SessionRecord } from '@memori/session';
import type { CachePlace } from '../cache/cache-key';
import type { PaidAnswer } from '../cache/cached-answer.store';
import type { ContextAccount } from '../context/answer-prompt';
import type { GatheredMaterial } from '../context/context-builder';
import type { DataSourceRecord } from '../data-source/data-source.record';
import type { PlanEstimate } from '../execution/plan-estimate';
import type { ResultSet } from '../execution/sql-executor';
import type { GuardVerdict } from '../guard/guard-verdict';
import type { ValueMatch } from '../values/value-match';
import type { AnswerColumn, AnswerHead } from './answer';
import type { Claim } from './question-record';
import { RunProgress } from './run-progress';

/** What a run found out, before it becomes an answer. */
export interface Finding {
  readonly status: 'answered' | 'clarification' | 'refused';
  readonly fields: Partial<
    Pick<
      AnswerHead,
      | 'source'
      | 'sql'
      | 'explanation'
      | 'assumptions'
      | 'clarification'
      | 'refusal'
      | 'confidence'
      | 'chart'
      | 'summary'
    >
  >;
  readonly result?: Omit<ResultSet, 'columns'> & { readonly columns: readonly AnswerColumn[] };
  /** Of the SQL that gave the result. */
  readonly verdict?: GuardVerdict;
  /** How the texts that it looks for stand to the stored values. */
  readonly values?: ValueMatch;
  /** What PostgreSQL expected of it. */
  readonly plan?: PlanEstimate;
  /** Said with the assumptions, of this asking alone: a repeat does not hear it. */
  readonly notes?: readonly string[];
  /** A cheaper model answered because little was left: for this once. */
  readonly isStopgap?: boolean;
  /** Of a stored answer: what its first asker paid. */
  readonly saved?: PaidAnswer;
}

/** What the process that took the question in knows already, so that the run need not ask again. */
export interface RunHints {
  readonly dataSource?: DataSourceRecord;
  readonly session?: SessionRecord;
}

/** One run of one claimed question: its state, from the claim to the answer. */
export class QuestionRun {
  readonly progress: RunProgress;
  memories: readonly RecallItem[] = [];
  /** Gathered once for all that look at it. */
  material: Promise<GatheredMaterial> | undefined;
  /** Where its answer would be stored; undefined: nowhere. */
  cachePlace: CachePlace | undefined;
  /** What was recalled and counts for the meaning of the question. */
  cacheMemories: readonly RecallItem[] = [];
  /** The last SQL that the guard passed. */
  passedSql: string | undefined;
  account: ContextAccount | undefined;
  /** A reply, or the beginning of one, was told to whoever follows. */
  hasStreamed = false;
  /** How the limits stand, asked for while the SQL runs: nothing is spent after that. */
  budget: Promise<AnswerHead['budget']> | undefined;
  private readonly startedAt = performance.now();

  constructor(
    readonly claim: Claim,
    readonly signal: AbortSignal,
    readonly hints: RunHints,
  ) {
    this.progress = new RunProgress(claim.progress, this.nowMs());
  }

  /** Since the question was asked, in milliseconds. The clock of this process may be minutes off, and is not asked. */
  get ageMs(): number {
    return this.claim.ageMs + performance.now() - this.startedAt;
  }

  /** Now, by the clock that `createdAt` was read from. */
  nowMs(): number {
    return this.claim.createdAt.getTime() + this.ageMs;
  }
}
