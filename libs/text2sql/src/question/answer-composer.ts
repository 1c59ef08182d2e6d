import { Injectable, Optional } from '@nestjs/common';
import { Budget } from '@memori/llm';
import { Log } from '@memori/monitoring';
import { userScopeOf } from '@memori/scope';
import type { PaidAnswer } from '../cache/cached-answer.store';
import type { AnswerHead, AnswerProblem } from './answer';
import type { Finding, QuestionRun } from './question-run';
import { Simulation } from './simulation';

/** Makes the answer out of what a run found, or of what it failed with. */
@Injectable()
export class AnswerComposer {
  constructor(
    private readonly budget: Budget,
    private readonly log: Log,
    @Optional() private readonly simulation: Simulation = new Simulation(),
  ) {}

  async compose(
    run: QuestionRun,
    finding: Finding | undefined,
    problem: AnswerProblem | undefined,
    finishedAt: Date,
  ): Promise<AnswerHead> {
    const { claim, progress } = run;
    const result = finding?.result;
    return this.simulation.label({
      id: claim.id,
      sessionId: claim.sessionId,
      dataSourceId: claim.dataSourceId,
      status: finding?.status ?? 'failed',
      question: claim.question,
      ...(run.passedSql !== undefined && { sql: run.passedSql }),
      ...finding?.fields,
      ...(finding?.notes && { assumptions: [...(finding.fields.assumptions ?? []), ...finding.notes] }),
      ...(result && { columns: result.columns, rowCount: result.rowCount, truncated: result.truncated }),
      ...(problem && { error: problem }),
      memories: run.memories.map(({ id, content, score }) => ({ id, content, score })),
      usage: progress.usageOf(),
      budget: await (run.budget ?? this.budgetOf(run)),
      timings: progress.timings(claim.createdAt.getTime(), finishedAt.getTime()),
      createdAt: claim.createdAt.toISOString(),
      finishedAt: finishedAt.toISOString(),
    });
  }

  /** For the report of what was saved: something answered in place of the model. Losing it costs nobody anything. */
  async noteSaving({ claim }: QuestionRun, { source, status }: AnswerHead, saved?: PaidAnswer): Promise<void> {
    if (source === undefined || source === 'model' || status !== 'answered' || claim.settings.dryRun) return;
    const { sessionId, dataSourceId, id: questionId } = claim;
    const scope = { ...userScopeOf(claim.principal), sessionId, dataSourceId };
    try {
      await this.budget.recordSaving(scope, { layer: source, questionId, ...saved });
    } catch (error) {
      this.log.warn('What a stored answer or verified query saved could not be written down', { error, questionId });
    }
  }

  /** How the limits stand now. Never rejects: an answer is not thrown away because the ledger cannot be read. */
  async budgetOf({ claim }: Pick<QuestionRun, 'claim'>): Promise<AnswerHead['budget']> {
    const { sessionId, dataSourceId } = claim;
    try {
      return await this.budget.standing({ ...userScopeOf(claim.principal), sessionId, dataSourceId });
    } catch (error) {
      this.log.warn('The budget could not be read for an answer', { error });
      return [];
    }
  }
}
