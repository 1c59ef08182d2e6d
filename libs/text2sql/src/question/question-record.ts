import type { Principal, Role } from '@memori/scope';
import type { AnswerHead, AnswerProblem, QuestionStatus } from './answer';
import type { SavedProgress } from './run-progress';

/** The clarification that a question answers. */
export interface RepliedTo {
  readonly questionId: string;
  readonly question: string;
  readonly clarification: string;
}

/** How a question is to be answered, with every default resolved when it was asked. */
export interface QuestionSettings {
  readonly namespace: string;
  readonly execute: boolean;
  readonly maxRows: number;
  readonly timeZone: string;
  readonly dryRun: boolean;
  /** A sentence about the result is wanted. */
  readonly summarize?: boolean;
  readonly model?: string;
  readonly language?: string;
  readonly repliedTo?: RepliedTo;
  /** Nobody sits waiting for it: it goes after all that somebody waits for. */
  readonly background?: boolean;
  /** Somebody follows its events: the reply is told as it comes in. */
  readonly streams?: boolean;
}

/** A row of memori.questions as the driver reads it. */
export interface QuestionRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly user_id: string;
  readonly roles: Role[];
  readonly api_key_id: string | null;
  readonly acted_by: string | null;
  readonly request_id: string | null;
  readonly session_id: string;
  readonly data_source_id: string;
  readonly question: string;
  readonly input: QuestionSettings;
  readonly status: QuestionStatus;
  readonly created_at: Date;
  readonly finished_at: Date | null;
  readonly attempts: number;
  readonly fence: string;
  readonly charged_tokens: number;
  readonly progress: SavedProgress | null;
  readonly answer: AnswerHead | null;
  readonly error: AnswerProblem | null;
  readonly rows_sealed: Buffer | null;
  readonly summary_sealed?: Buffer | null;
  readonly rows_kept: number;
}

/** The same as it was just claimed. */
export interface ClaimedRow extends QuestionRow {
  readonly age_ms: number;
}

/** The right to run one question, until it is finished, given back or lost. Every write names its fence. */
export interface Claim {
  readonly id: string;
  readonly fence: string;
  readonly principal: Principal;
  readonly requestId: string | undefined;
  readonly sessionId: string;
  readonly dataSourceId: string;
  readonly question: string;
  readonly settings: QuestionSettings;
  readonly createdAt: Date;
  /** How old it was when it was claimed, in milliseconds; like `createdAt` by the database's clock. */
  readonly ageMs: number;
  /** Attempts at the model that failed for a passing reason so far. */
  readonly attempts: number;
  readonly progress: SavedProgress | undefined;
  /** Weighted tokens that the claim took on account of the user; undefined: it was never in the line. */
  readonly chargedTokens?: number;
  /** Others wait for what this one wants: it may answer cheaply, else it joins the line. */
  readonly behind: boolean;
}

export function claimOf(row: ClaimedRow): Claim {
  return {
    id: row.id,
    fence: row.fence,
    principal: principalOf(row),
    requestId: row.request_id ?? undefined,
    sessionId: row.session_id,
    dataSourceId: row.data_source_id,
    question: row.question,
    settings: row.input,
    createdAt: row.created_at,
    ageMs: row.age_ms,
    attempts: row.attempts,
    chargedTokens: row.charged_tokens,
    progress: row.progress ?? undefined,
    behind: false,
  };
}

export function principalOf(row: QuestionRow): Principal {
  return {
    tenantId: row.tenant_id,
    userId: row.user_id,
    roles: row.roles,
    apiKeyId: row.api_key_id,
    actedBy: row.acted_by,
  };
}
