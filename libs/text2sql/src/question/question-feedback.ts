import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { Memories } from '@memori/memory';
import { newId, type Principal, userScopeOf } from '@memori/scope';
import { Audit, requireRole } from '@memori/security';
import { FieldChecks, Sessions } from '@memori/session';
import { Metrics } from '@memori/monitoring';
import { CachedAnswerStore } from '../cache/cached-answer.store';
import { DataSources } from '../data-source/data-sources';
import type { ResultSet } from '../execution/sql-executor';
import { QuestionReader } from './question-reader';
import type { QuestionRow } from './question-record';
import { SqlConsole } from './sql-console';

const WITHDRAW = `UPDATE memori.question_feedback SET proposal = NULL
  WHERE tenant_id = $1 AND question_id = $2 AND proposal = 'open'`;

export interface FeedbackInput {
  readonly verdict: 'correct' | 'incorrect';
  readonly rating?: number | null;
  readonly correctedSql?: string | null;
  readonly note?: string | null;
}

/** What was noted, with the rows of the corrected SQL. */
export interface FeedbackResult {
  readonly id: string;
  readonly questionId: string;
  readonly verdict: 'correct' | 'incorrect';
  readonly corrected?: ResultSet;
}

/** What the asker thought of an answer. Corrected SQL takes the way of all SQL before it is kept. */
@Injectable()
export class QuestionFeedback {
  constructor(
    private readonly database: Database,
    private readonly reader: QuestionReader,
    private readonly sessions: Sessions,
    private readonly dataSources: DataSources,
    private readonly console: SqlConsole,
    private readonly cached: CachedAnswerStore,
    private readonly memories: Memories,
    private readonly metrics: Metrics,
    private readonly audit: Audit,
  ) {}

  async give(
    principal: Principal,
    questionId: string,
    input: FeedbackInput,
    requestId?: string,
  ): Promise<FeedbackResult> {
    requireRole(principal, 'member');
    check(input);
    const row = await this.reader.row(principal, questionId);
    const corrected =
      input.correctedSql == null ? undefined : await this.corrected(principal, row, input.correctedSql, requestId);
    const isProposal = await this.isProposal(principal, row);
    const id = newId();
    let evicted = 0;
    await this.database.transaction(userScopeOf(principal), async (tx) => {
      await tx.query(
        `INSERT INTO memori.question_feedback 
           (id, tenant_id, user_id, question_id, verdict, rating, corrected_sql, note, proposal)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $9 AND NOT EXISTS (
           SELECT FROM memori.question_feedback f WHERE f.question_id = $4 AND f.proposal IS NOT NULL) THEN 'open' END`,
        [
          id,
          principal.tenantId,
          principal.userId,
          questionId,
          input.verdict,
          input.rating ?? null,
          input.correctedSql ?? null,
          input.note ?? null,
          input.verdict === 'correct' && isProposal,
        ],
      );
      if (input.verdict === 'incorrect') await tx.query(WITHDRAW, [principal.tenantId, questionId]);
      // After the verdict is written: whoever stores the same SQL next has to see it.
      if (input.verdict === 'incorrect') evicted = await this.cached.evict(tx, userScopeOf(principal), questionId);
      if (input.verdict === 'incorrect' && (input.note || input.correctedSql))
        await this.memories.noteCorrection(tx, { ...userScopeOf(principal), id: row.session_id }, questionId, {
          note: input.note ?? null,
          sql: input.correctedSql ?? null,
        });
      const details = { verdict: input.verdict, corrected: corrected !== undefined };
      await this.audit.record(tx, {
        principal,
        action: 'question.feedback',
        subjectType: 'question',
        subjectId: questionId,
        requestId,
        details,
      });
    });
    if (evicted > 0) this.metrics.cacheEvicted('incorrect', evicted);
    return { id, questionId, verdict: input.verdict, ...(corrected && { corrected }) };
  }

  /** What a model wrote, and nothing of a session that keeps to itself: a curator is to read it. */
  private async isProposal(principal: Principal, { answer, status, session_id }: QuestionRow): Promise<boolean> {
    if (status !== 'answered' || !answer?.sql || answer.source === 'verified-query') return false;
    const session = await this.sessions.get(principal, session_id);
    return !session.isolated;
  }

  private async corrected(
    principal: Principal,
    row: Awaited<ReturnType<QuestionReader['row']>>,
    sql: string,
    requestId: string | undefined,
  ): Promise<ResultSet> {
    const record = await this.dataSources.resolve(principal, row.data_source_id);
    const { maxRows, timeZone } = row.input;
    const subject = { type: 'question', id: row.id };
    return this.console.runAudited(principal, record, sql, { maxRows, timeZone, subject, requestId });
  }
}

function check(input: FeedbackInput): void {
  const checks = new FieldChecks();
  if (input.verdict !== 'correct' && input.verdict !== 'incorrect')
    checks.add('/verdict', 'must be "correct" or "incorrect"');
  if (input.rating != null) checks.integer('/rating', input.rating, 1, 5);
  checks.optionalText('/correctedSql', input.correctedSql, 20_000);
  checks.optionalText('/note', input.note, 10_000, 0);
  checks.throwIfAny();
}
