import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database, DatabaseUnavailableError, type Tx } from '@memori/database';
import { Memories } from '@memori/memory';
import { Log, Metrics } from '@memori/monitoring';
import { userScopeOf } from '@memori/scope';
import { Audit, Vault } from '@memori/security';
import { type NewTurn, Sessions } from '@memori/session';
import type { AnswerHead, AnswerProblem, AskOutcome } from './answer';
import { AnswerComposer } from './answer-composer';
import { CachedAnswers } from './cached-answers';
import { keepRows, sealContext, sealRows, sealSummary } from './kept-rows';
import { isForgotten, questionProblem } from './question-errors';
import { type Ending, QuestionLine } from './question-line';
import type { Finding, QuestionRun } from './question-run';

const COMMIT_RETRIES = 4;
const RETRY_MS = 250;

/** Writes all of a run's end in one transaction: answer, rows, turns, audit, events. */
@Injectable()
export class AnswerWriter {
  constructor(
    private readonly database: Database,
    private readonly line: QuestionLine,
    private readonly sessions: Sessions,
    private readonly memories: Memories,
    private readonly audit: Audit,
    private readonly composer: AnswerComposer,
    private readonly cached: CachedAnswers,
    private readonly vault: Vault,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly env: Env,
  ) {}

  found(run: QuestionRun, finding: Finding): Promise<AskOutcome | undefined> {
    return this.write(run, finding, undefined);
  }

  failed(run: QuestionRun, error: unknown): Promise<AskOutcome | undefined> {
    const problem = questionProblem(error, run.claim.id, run.claim.requestId);
    if (problem.code === 'internal')
      this.log.error('A question failed for a reason that is a bug', { error, questionId: run.claim.id });
    return this.write(run, undefined, problem);
  }

  /** A run that lost its claim writes no answer; but what it ran and spent is told all the same. */
  async leaveTrace(run: QuestionRun): Promise<void> {
    const { claim, progress } = run;
    const spent = progress.save(run.nowMs());
    const toldBefore = claim.progress?.ran.length ?? 0;
    if (progress.ran.length === toldBefore && spent.usage.attempts === 0) return;
    await this.database.transaction(userScopeOf(claim.principal), async (tx) => {
      await this.line.noteSpent(tx, claim.id, spent);
      await Promise.all(this.auditSql(tx, run, toldBefore));
    });
  }

  /** Undefined when the claim was lost: somebody else answers, or the question was cancelled. */
  private async write(run: QuestionRun, finding: Finding | undefined, problem: AnswerProblem | undefined) {
    const { claim } = run;
    const finishedAt = new Date(run.nowMs());
    const answer = await this.composer.compose(run, finding, problem, finishedAt);
    const keepSeconds = this.env.MEMORI_RESULT_TTL_SECONDS;
    const rows = finding?.result?.rows;
    const kept = rows && keepSeconds > 0 ? keepRows(rows) : undefined;
    const { summary, ...withoutSummary } = answer;
    const ending = {
      status: answer.status,
      answer: withoutSummary,
      problem,
      finishedAt,
      passedSql: run.passedSql,
      sealedRows: kept && sealRows(this.vault, claim.id, kept),
      rowsTold: kept?.length,
      // It quotes rows, and is kept no longer than they are.
      sealedSummary: kept && summary !== undefined ? sealSummary(this.vault, claim.id, summary) : undefined,
      keepSeconds,
      sealedContext: run.account && sealContext(this.vault, claim.id, run.account),
      forgetKey: problem !== undefined && isForgotten(problem),
    };
    if (!(await this.commit(run, answer, ending))) return undefined;
    this.tell(run, answer);
    await this.composer.noteSaving(run, answer, finding?.saved);
    if (finding) await this.cached.keep(run, finding);
    return { answer, rows, replayed: false };
  }

  /**
   * An answer was paid for: a database that is away for a moment does not cost it. Doing it twice is safe, since the first
   * time that succeeded has ended the claim.
   */
  private async commit(run: QuestionRun, answer: AnswerHead, ending: Ending): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.database.transaction(
          userScopeOf(run.claim.principal),
          async (tx) => {
            // Sent together; nothing of it stays when the claim was lost.
            const written = Promise.allSettled([
              this.line.finish(tx, run.claim, ending),
              this.recordTurns(tx, run, answer),
              ...this.auditSql(tx, run),
            ]);
            const [finished, ...others] = await written;
            if (finished.status === 'rejected') throw finished.reason;
            if (!finished.value) throw new ClaimLostError();
            for (const other of others) if (other.status === 'rejected') throw other.reason;
          },
          { retryConflicts: 3 },
        );
        return true;
      } catch (error) {
        if (error instanceof ClaimLostError) return false;
        if (attempt > COMMIT_RETRIES || !(error instanceof DatabaseUnavailableError)) throw error;
        await setTimeout(RETRY_MS * attempt);
      }
    }
  }

  private tell({ claim }: QuestionRun, answer: AnswerHead): void {
    this.metrics.questionEnded({
      source: answer.source ?? 'none',
      status: answer.status,
      totalMs: answer.timings.totalMs,
    });
    const { status, source, timings, usage, error } = answer;
    const facts = {
      questionId: claim.id,
      status,
      source,
      code: error?.code,
      totalMs: timings.totalMs,
      attempts: usage.attempts,
    };
    this.log.info('Question ended', facts);
  }

  /** What was said stays in the session: the question as asked, and what was answered. A failure was no conversation. */
  private async recordTurns(tx: Tx, { claim, memories }: QuestionRun, answer: AnswerHead): Promise<void> {
    const reply = spokenReply(answer);
    if (reply === undefined) return;
    const shape = answer.columns && { columns: answer.columns.map(({ name }) => name), rowCount: answer.rowCount ?? 0 };
    const turns: NewTurn[] = [
      { role: 'user', content: claim.question, questionId: claim.id },
      { role: 'assistant', content: reply, questionId: claim.id, sql: answer.sql ?? null, resultShape: shape ?? null },
    ];
    const session = { ...userScopeOf(claim.principal), id: claim.sessionId };
    await this.sessions.recordTurns(tx, session, turns);
    // What the model was reminded of may come back in its words: no fact is drawn from that again.
    await this.memories.noteRecalled(tx, session, memories);
  }

  private auditSql(tx: Tx, { claim, progress }: QuestionRun, from = 0): Promise<void>[] {
    const { principal, id, requestId, dataSourceId } = claim;
    return progress.ran.slice(from).map((ran) =>
      this.audit.record(tx, {
        principal,
        action: 'sql.run',
        subjectType: 'question',
        subjectId: id,
        requestId,
        details: { ...ran, dataSourceId },
      }),
    );
  }
}

/** Takes back what was sent with a finish that came too late. */
class ClaimLostError extends Error {}

function spokenReply(answer: AnswerHead): string | undefined {
  switch (answer.status) {
    case 'answered':
      return answer.explanation?.trim() || answer.sql;
    case 'clarification':
      return [
        answer.clarification?.question,
        ...(answer.clarification?.options ?? []).map((option) => `- ${option}`),
      ].join('\n');
    case 'refused':
      return answer.refusal?.reason;
    default:
      return undefined;
  }
}
