import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Llm, modelNotConfigured, MustWaitError } from '@memori/llm';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import type { PlanEstimate } from '../execution/plan-estimate';
import { AnswerComposer } from './answer-composer';
import { budgetNote } from './budget-note';
import { confidenceOf } from './confidence';
import { nearFailed } from './near-failed';
import { isInvalidText, nearLabels } from './near-labels';
import { ModelAsker, type Prepared } from './model-asker';
import type { ModelChoice } from './model-choice';
import { type ModelReply, readModelReply } from './model-reply';
import type { Finding, QuestionRun } from './question-run';
import { checkPlan, PlanTooDearError } from './plan-check';
import { complaintOf, isRepairable } from './repair';
import { SecondCandidates } from './second-candidate';
import { SqlSteps } from './sql-steps';
import { foundNothing, ValueDoubts } from './value-doubts';

/** Answers by the model: context, reply, guard, execution, and a bounded number of repairs. */
@Injectable()
export class ModelAnswers {
  constructor(
    private readonly llm: Llm,
    private readonly asker: ModelAsker,
    private readonly steps: SqlSteps,
    private readonly doubts: ValueDoubts,
    private readonly second: SecondCandidates,
    private readonly composer: AnswerComposer,
    private readonly env: Env,
  ) {}

  async find(run: QuestionRun, record: DataSourceRecord, catalog: Catalog): Promise<Finding> {
    if (!this.llm.isConfigured()) throw modelNotConfigured();
    if (run.claim.behind) throw new OthersFirstError();
    const prepared = await this.asker.prepare(run, record, catalog);
    for (;;) {
      const choice = this.asker.choose(run, prepared);
      const finding = await this.round(run, record, catalog, prepared, choice);
      if (finding) return withNote(run, await this.compared(run, record, catalog, prepared, choice, finding), choice);
    }
  }

  /** With a second candidate, where the answer is uncertain and another one cheap. */
  private async compared(
    run: QuestionRun,
    record: DataSourceRecord,
    catalog: Catalog,
    prepared: Prepared,
    choice: ModelChoice,
    finding: Finding,
  ): Promise<Finding> {
    const { result, verdict, values } = finding;
    if (!result || !verdict || !values) return finding;
    const first = { ...finding, result, verdict, values };
    return this.second.weigh(run, record, catalog, prepared, choice, first);
  }

  /** Undefined: another round is worth it. */
  private async round(
    run: QuestionRun,
    record: DataSourceRecord,
    catalog: Catalog,
    prepared: Prepared,
    choice: ModelChoice,
  ): Promise<Finding | undefined> {
    const { rounds } = run.progress;
    const before = rounds.at(-1);
    try {
      const answered = await this.asker.ask(run, prepared, choice);
      return answered && (await this.tryOut(run, record, catalog, answered));
    } catch (error) {
      // There is an answer already, which only found nothing: it is not lost for the attempt to find something.
      if (before?.because === undefined || run.signal.aborted || this.isWorthWaiting(run, error)) throw error;
      return this.act(run, readModelReply(JSON.parse(before.reply)), record, catalog);
    }
  }

  private async tryOut(
    run: QuestionRun,
    record: DataSourceRecord,
    catalog: Catalog,
    { text, reply }: { text: string; reply: ModelReply },
  ): Promise<Finding | undefined> {
    const { rounds } = run.progress;
    const isLast = rounds.length >= this.env.MEMORI_REPAIR_ROUNDS;
    const mayDoubt = !isLast && rounds.every(({ because }) => because === undefined);
    try {
      const finding = await this.act(run, reply, record, catalog, mayDoubt);
      const doubt = mayDoubt ? await this.doubtOf(record, catalog, finding) : undefined;
      if (doubt === undefined) return finding;
      rounds.push({ reply: text, complaint: doubt, because: 'no-rows' });
    } catch (error) {
      if (isLast || !isRepairable(error)) throw error;
      const because = error instanceof PlanTooDearError ? ('too-dear' as const) : undefined;
      rounds.push({
        reply: text,
        complaint: complaintOf(error, await this.nearOf(run, catalog, error)),
        ...(because && { because }),
      });
    }
    return undefined;
  }

  /** Names, or labels of an enum, that may have been meant. */
  private async nearOf(run: QuestionRun, catalog: Catalog, error: unknown): Promise<readonly string[]> {
    if (!isInvalidText(error) || run.passedSql === undefined) return nearFailed(error, catalog);
    const verdict = await this.steps.allowed(run.passedSql, catalog);
    return nearLabels(await this.doubts.filtersOf(verdict, catalog), catalog);
  }

  private doubtOf(record: DataSourceRecord, catalog: Catalog, { verdict, result }: Finding) {
    return verdict && result ? this.doubts.complaintOf(record, catalog, verdict, result) : undefined;
  }

  /** A slot is free soon; whatever else is waited for may take longer than an answer that is there. */
  private isWorthWaiting(run: QuestionRun, error: unknown): boolean {
    const isYoung = run.ageMs < this.env.MEMORI_QUEUE_MAX_WAIT_SECONDS * 500;
    return error instanceof MustWaitError && (error.reason === 'no-slot' ? isYoung : isOurs(error));
  }

  /** `minds`: SQL whose plan is too dear is not run, but goes back. Without a round left the timeout alone decides. */
  private act(
    run: QuestionRun,
    reply: ModelReply,
    record: DataSourceRecord,
    catalog: Catalog,
    minds = false,
  ): Promise<Finding> | Finding {
    const fields = { source: 'model' as const };
    switch (reply.outcome) {
      case 'sql':
        return this.answer(run, reply, record, catalog, minds);
      case 'clarification': {
        const clarification = {
          question: reply.clarificationQuestion ?? '',
          options: reply.clarificationOptions ?? [],
        };
        return { status: 'clarification', fields: { ...fields, clarification } };
      }
      case 'refusal': {
        const refusal = { code: 'not-answerable', reason: reply.refusalReason ?? '' };
        return { status: 'refused', fields: { ...fields, refusal } };
      }
    }
  }

  private async answer(
    run: QuestionRun,
    reply: ModelReply,
    record: DataSourceRecord,
    catalog: Catalog,
    minds: boolean,
  ): Promise<Finding> {
    const { claim, progress } = run;
    run.passedSql = undefined;
    const verdict = await this.steps.allowed(reply.sql ?? '', catalog, 0, progress);
    run.passedSql = verdict.sql;
    const fields = {
      source: 'model' as const,
      sql: verdict.sql,
      explanation: reply.explanation ?? '',
      assumptions: reply.assumptions ?? [],
    };
    const { maxRows, timeZone, execute } = claim.settings;
    let planned: PlanEstimate | undefined;
    const onPlan = (plan: PlanEstimate) => {
      planned = plan;
      if (minds) checkPlan(plan, { maxRows, statementTimeoutMs: this.env.MEMORI_STATEMENT_TIMEOUT_MS });
    };
    const options = { maxRows, timeZone, signal: run.signal, onPlan };
    const measured = this.doubts.matchOf(record, catalog, verdict);
    // Awaited below; should the SQL fail first, its failure is what counts.
    measured.catch(() => undefined);
    const confidence = async (foundRows?: boolean) =>
      confidenceOf({ repairs: progress.rounds.length, values: await measured, foundRows });
    if (!execute) {
      await progress.time('databaseMs', () => this.steps.plan(record, verdict, options));
      return { status: 'answered', fields: { ...fields, confidence: await confidence() } };
    }
    run.budget = this.composer.budgetOf(run);
    const result = await progress.time('databaseMs', () =>
      this.steps.run(record, verdict, options, (ran) => progress.ran.push(ran)),
    );
    const sure = { ...fields, confidence: await confidence(!foundNothing(result)) };
    return {
      status: 'answered',
      fields: sure,
      result,
      verdict,
      values: await measured,
      ...(planned && { plan: planned }),
    };
  }
}

/** A slot may be free this very moment, but others have waited for it longer. */
export class OthersFirstError extends MustWaitError {
  constructor() {
    const message = 'Other questions have waited longer for a call to Claude.';
    super({ reason: 'no-slot', retryAfterMs: 0, countsAsAttempt: false, message });
  }
}

/** This process stops, or lost its lease: another one goes on. */
function isOurs({ reason }: MustWaitError): boolean {
  return reason === 'shutting-down' || reason === 'lease-lost';
}

/** An answer of the cheaper model says so, in its own language. */
function withNote({ claim }: QuestionRun, finding: Finding, { model, lowBudget }: ModelChoice): Finding {
  if (lowBudget === undefined) return finding;
  const note = budgetNote(claim.question, claim.settings.language, model, lowBudget);
  const assumptions = [...(finding.fields.assumptions ?? []), note];
  return { ...finding, fields: { ...finding.fields, assumptions }, isStopgap: true };
}
