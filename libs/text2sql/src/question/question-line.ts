import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database, type Tx } from '@memori/database';
import { newId, type Principal, type UserScope } from '@memori/scope';
import type { AnswerHead, AnswerProblem, QuestionStatus } from './answer';
import type { QuestionDelta } from './reply-stream';
import { type Claim, type ClaimedRow, claimOf, type QuestionSettings } from './question-record';
import type { SavedProgress } from './run-progress';

/** Life of a claim without renewal, by the database's clock. */
export const CLAIM_MS = 30_000;

export interface NewQuestion {
  readonly id: string;
  readonly principal: Principal;
  readonly requestId: string | undefined;
  readonly sessionId: string;
  readonly dataSourceId: string;
  readonly question: string;
  readonly settings: QuestionSettings;
}

/** `full`: nothing was written, the line takes no more. `queued`: somebody will run it. */
export type Begun = { outcome: 'full' | 'queued' } | { outcome: 'running'; claim: Claim };

export interface Ending {
  readonly status: QuestionStatus;
  readonly answer: AnswerHead;
  readonly problem: AnswerProblem | undefined;
  readonly finishedAt: Date;
  /** The SQL that the guard passed, for the event of that name. */
  readonly passedSql: string | undefined;
  /** The first rows, encrypted; absent when nothing was executed or nothing may be kept. */
  readonly sealedRows: Buffer | undefined;
  readonly sealedSummary?: Buffer;
  /** How many rows the events tell of; undefined when nothing was executed. */
  readonly rowsTold: number | undefined;
  readonly keepSeconds: number;
  readonly sealedContext: Buffer | undefined;
  /** The outcome is not to be found again under the idempotency key. */
  readonly forgetKey: boolean;
}

export interface ClaimOptions {
  /** A slot was given back just now: somebody who waits for one may have it. */
  readonly slotFreed?: boolean;
  /** A question ended: the same, if fewer run than there are slots. */
  readonly runEnded?: boolean;
  /** Users who were just found to have their share of slots. */
  readonly skip?: readonly UserScope[];
}

export interface Swept {
  readonly id: string;
  readonly what: 'requeued' | 'timed-out' | 'lost';
}

/**
 * The table of questions as the waiting line that it is. Whoever holds a claim may write, under its fence; a write with
 * an old fence changes nothing and says so.
 */
@Injectable()
export class QuestionLine {
  /** Names this process in claims, for people who look at the table. */
  readonly worker = `${hostname()}:${process.pid}:${newId().slice(-12)}`;

  constructor(
    private readonly database: Database,
    private readonly env: Env,
  ) {}

  /** Inside the transaction of the one who asks. */
  async begin(tx: Tx, question: NewQuestion, mayRun: boolean): Promise<Begun> {
    const [begun] = await tx.query<{
      outcome: 'full' | 'queued' | 'running';
      fence: string;
      behind: boolean;
      created_at: Date;
    }>('SELECT * FROM memori.begin_question($1, $2, $3, $4, $5)', [
      bodyOf(question),
      mayRun,
      this.worker,
      CLAIM_MS,
      this.env.MEMORI_QUEUE_MAX_WAITING,
    ]);
    if (!begun) throw new Error('begin_question answered nothing');
    if (begun.outcome !== 'running') return { outcome: begun.outcome };
    const { fence, behind, created_at: createdAt } = begun;
    const fresh = { fence, behind, createdAt, ageMs: 0, attempts: 0, progress: undefined };
    return { outcome: 'running', claim: { ...question, ...fresh } };
  }

  /** The fairest waiting question, if any is ready. */
  async claim({ slotFreed = false, runEnded = false, skip = [] }: ClaimOptions = {}): Promise<Claim | undefined> {
    const [row] = await this.database.call<ClaimedRow>(
      `SELECT *, (extract(epoch FROM clock_timestamp() - created_at) * 1000)::double precision AS age_ms
       FROM memori.claim_question($1, $2, $3, $4, $5, $6)`,
      [
        this.worker,
        CLAIM_MS,
        this.env.MEMORI_MAX_REQUESTS_PER_USER,
        slotFreed || runEnded,
        JSON.stringify(skip.map(({ tenantId, userId }) => [tenantId, userId])),
        slotFreed ? null : this.env.MEMORI_MAX_CONCURRENT_REQUESTS,
      ],
    );
    return row && claimOf(row);
  }

  /** Whether a question that somebody waits for is ready, or waits for a slot. */
  async interactiveWaits(): Promise<boolean> {
    const [row] = await this.database.call<{ waits: boolean }>('SELECT memori.interactive_waits() AS waits');
    return row?.waits ?? false;
  }

  /** The ids whose claims still stand; the others are lost. */
  async renew(claims: readonly Pick<Claim, 'id' | 'fence'>[]): Promise<Set<string>> {
    const rows = await this.database.callAhead<{ id: string }>(
      'SELECT id FROM memori.renew_question_claims($1, $2, $3) AS id',
      [claims.map(({ id }) => id), claims.map(({ fence }) => fence), CLAIM_MS],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Back to the line, to be looked at again after `delayMs`, or later when many wait for the same. */
  async requeue(
    claim: Claim,
    wait: { delayMs: number; reason: string; counts: boolean },
    progress?: SavedProgress,
  ): Promise<{ outcome: 'queued' | 'lost' | 'full'; delayMs: number }> {
    const [row] = await this.database.call<{ outcome: 'queued' | 'lost' | 'full'; delay_ms: number }>(
      'SELECT outcome, delay_ms FROM memori.requeue_question($1, $2, $3, $4, $5, $6, $7)',
      [
        claim.id,
        claim.fence,
        Math.ceil(wait.delayMs),
        wait.reason,
        wait.counts,
        progress ? JSON.stringify(progress) : null,
        this.env.MEMORI_QUEUE_MAX_WAITING,
      ],
    );
    return { outcome: row?.outcome ?? 'lost', delayMs: row?.delay_ms ?? wait.delayMs };
  }

  /** Inside the last transaction of a run. False: the claim is lost, and nothing else may be written either. */
  async finish(tx: Tx, claim: Claim, ending: Ending): Promise<boolean> {
    const [row] = await tx.query<{ finished: boolean }>(
      'SELECT memori.finish_question($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS finished',
      [
        claim.id,
        claim.fence,
        ending.status,
        JSON.stringify(ending.answer),
        ending.problem ? JSON.stringify(ending.problem) : null,
        ending.finishedAt,
        ending.passedSql === undefined ? null : JSON.stringify({ sql: ending.passedSql }),
        ending.sealedRows ?? null,
        ending.rowsTold ?? null,
        ending.keepSeconds,
        ending.sealedContext ?? null,
        ending.forgetKey,
      ],
    );
    if (row?.finished && ending.sealedSummary)
      await tx.query('UPDATE memori.questions SET summary_sealed = $2 WHERE id = $1', [claim.id, ending.sealedSummary]);
    return row?.finished ?? false;
  }

  /** A part of a reply that is still coming in. False: the claim is lost. */
  async addDelta(claim: Claim, delta: QuestionDelta): Promise<boolean> {
    const [row] = await this.database.call<{ added: boolean }>(
      'SELECT memori.add_question_delta($1, $2, $3) AS added',
      [claim.id, claim.fence, JSON.stringify(delta)],
    );
    return row?.added ?? false;
  }

  /** What a cancelled question had cost by the time that its run heard of it. */
  async noteSpent(tx: Tx, id: string, progress: SavedProgress): Promise<void> {
    await tx.query("UPDATE memori.questions SET progress = $2 WHERE id = $1 AND status = 'cancelled'", [
      id,
      JSON.stringify(progress),
    ]);
  }

  /** False when it had ended already, or others follow it. The run, wherever it is, has lost its claim by this. */
  async cancel(principal: Principal, id: string, problem: AnswerProblem, unlessShared: boolean): Promise<boolean> {
    const [row] = await this.database.call<{ cancelled: boolean }>(
      'SELECT memori.cancel_question($1, $2, $3, $4, $5) AS cancelled',
      [principal.tenantId, principal.userId, id, unlessShared, JSON.stringify(problem)],
    );
    return row?.cancelled ?? false;
  }

  async sweep(maxLostClaims: number, timedOut: object, lost: object): Promise<Swept[]> {
    return this.database.call<Swept>('SELECT id, what FROM memori.sweep_questions($1, $2, $3, $4)', [
      this.env.MEMORI_QUEUE_MAX_WAIT_SECONDS,
      maxLostClaims,
      JSON.stringify(timedOut),
      JSON.stringify(lost),
    ]);
  }

  async length(): Promise<{ waiting: number; ready: number }> {
    const [row] = await this.database.call<{ waiting: string; ready: string }>(
      'SELECT * FROM memori.question_line_length()',
    );
    return { waiting: Number(row?.waiting ?? 0), ready: Number(row?.ready ?? 0) };
  }
}

function bodyOf({ id, principal, requestId, sessionId, dataSourceId, question, settings }: NewQuestion): string {
  return JSON.stringify({
    id,
    tenant_id: principal.tenantId,
    user_id: principal.userId,
    roles: principal.roles,
    api_key_id: principal.apiKeyId,
    acted_by: principal.actedBy,
    request_id: requestId ?? null,
    session_id: sessionId,
    data_source_id: dataSourceId,
    question,
    input: settings,
  });
}
