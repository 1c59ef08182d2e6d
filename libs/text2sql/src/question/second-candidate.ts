import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { DomainError } from '@memori/errors';
import { MustWaitError } from '@memori/llm';
import { Log } from '@memori/monitoring';
import type { SecondCandidateNote } from '../context/answer-prompt';
import { marginOfLeftOut } from '../context/tables-by-relevance';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { costOfRows, type PlanEstimate } from '../execution/plan-estimate';
import type { ResultSet } from '../execution/sql-executor';
import type { GuardVerdict } from '../guard/guard-verdict';
import type { ValueMatch } from '../values/value-match';
import { candidateNote } from './candidate-note';
import { preferredOf } from './candidate-rule';
import { confidenceOf } from './confidence';
import { ModelAsker, type Prepared } from './model-asker';
import type { ModelChoice } from './model-choice';
import type { ModelReply } from './model-reply';
import { PlanTooDearError } from './plan-check';
import type { Finding, QuestionRun } from './question-run';
import { haveSameRows } from './same-rows';
import { SqlSteps } from './sql-steps';
import { uncertaintySigns } from './uncertainty';
import { foundNothing, ValueDoubts } from './value-doubts';

/** In PostgreSQL's units, for the rows that are fetched: mostly well under a second. */
const CHEAP_COST = 100_000;
/** What the first statement may have taken for another like it to be cheap. */
const CHEAP_MS = 1000;
const TIMEOUT_MS = 5000;

/** An answer whose SQL ran, with what it can be judged by. */
export interface RanFinding extends Finding {
  readonly result: ResultSet;
  readonly verdict: GuardVerdict;
  readonly values: ValueMatch;
}

/**
 * Where an answer is uncertain and another one cheap, asks for a second candidate and compares what the two find, not how
 * they are written. It takes the place of a repair, so no question asks the model more often than one that is repaired; and
 * whatever goes wrong with it, the first answer stands.
 */
@Injectable()
export class SecondCandidates {
  constructor(
    private readonly asker: ModelAsker,
    private readonly steps: SqlSteps,
    private readonly doubts: ValueDoubts,
    private readonly log: Log,
    private readonly env: Env,
  ) {}

  async weigh(
    run: QuestionRun,
    record: DataSourceRecord,
    catalog: Catalog,
    prepared: Prepared,
    choice: ModelChoice,
    first: RanFinding,
  ): Promise<Finding> {
    const hasRoundLeft = run.progress.rounds.length < this.env.MEMORI_REPAIR_ROUNDS;
    if (!hasRoundLeft || prepared.lowBudget !== undefined) return first;
    const signs = this.signsOf(run, prepared, first);
    if (signs.length === 0) return first;
    const tell = (outcome: SecondCandidateNote['outcome'], more: Partial<SecondCandidateNote> = {}) => {
      if (run.account) run.account = { ...run.account, secondCandidate: { because: signs, outcome, ...more } };
    };
    if (first.result.truncated) return (tell('cut-off'), first);
    if (!isCheap(first, run.claim.settings.maxRows)) return (tell('too-dear'), first);
    const asked = await this.ask(run, prepared, choice);
    if (typeof asked === 'string') return (tell(asked), first);
    const { model, reply } = asked;
    const second = await this.runIt(run, record, catalog, first, reply);
    if (!second) return (tell('no-result', { model }), first);
    if (haveSameRows(first.result, second.result)) {
      tell('agreed', { model, taken: 'first' });
      return withConfidence(first, run, 'agreed');
    }
    const taken = preferredOf(candidateOf(first), candidateOf(second));
    tell('disagreed', { model, taken });
    if (taken === 'second') await this.take(run, second, reply, model);
    return withNote(withConfidence(taken === 'first' ? first : second, run, 'disagreed'), run);
  }

  private signsOf(run: QuestionRun, { material, difficulty }: Prepared, first: RanFinding) {
    const leftOut = run.account?.leftOut.find(({ part }) => part === 'schema')?.items ?? [];
    return uncertaintySigns({
      isHard: difficulty.isHard,
      repairs: run.progress.rounds.length,
      missingTexts: first.values.missing,
      linkingMargin: leftOut.length > 0 ? marginOfLeftOut(material, new Set(leftOut)) : undefined,
    });
  }

  private async ask(run: QuestionRun, prepared: Prepared, choice: ModelChoice) {
    try {
      return (await this.asker.askAgain(run, prepared, choice)) ?? ('too-dear' as const);
    } catch (error) {
      this.pass(run, error);
      return 'no-result' as const;
    }
  }

  private async runIt(
    run: QuestionRun,
    record: DataSourceRecord,
    catalog: Catalog,
    first: RanFinding,
    reply: ModelReply,
  ): Promise<RanFinding | undefined> {
    const { claim, progress } = run;
    if (reply.outcome !== 'sql') return undefined;
    try {
      const verdict = await this.steps.allowed(reply.sql ?? '', catalog, 0, progress);
      const { maxRows, timeZone } = claim.settings;
      const onPlan = (plan: PlanEstimate) => {
        if (costOfRows(plan, maxRows + 1) > CHEAP_COST) throw new PlanTooDearError(plan);
      };
      const statementTimeoutMs = Math.min(TIMEOUT_MS, this.env.MEMORI_STATEMENT_TIMEOUT_MS);
      const options = { maxRows, timeZone, signal: run.signal, onPlan, statementTimeoutMs };
      const result =
        verdict.sql === first.verdict.sql
          ? first.result
          : await progress.time('databaseMs', () =>
              this.steps.run(record, verdict, options, (ran) => progress.ran.push(ran)),
            );
      if (result.truncated) return undefined;
      const fields = {
        source: 'model' as const,
        sql: verdict.sql,
        explanation: reply.explanation ?? '',
        assumptions: reply.assumptions ?? [],
      };
      const values = await this.doubts.matchOf(record, catalog, verdict);
      return { status: 'answered', fields, result, verdict, values };
    } catch (error) {
      this.pass(run, error);
      return undefined;
    }
  }

  /** The second becomes the answer: what was told of the first while it came in no longer counts. */
  private async take(run: QuestionRun, { verdict }: RanFinding, reply: ModelReply, model: string): Promise<void> {
    run.passedSql = verdict.sql;
    run.progress.answeredBy(model);
    await this.asker.tellAnew(run, reply);
  }

  /** A cancelled run, or one that lost its claim, ends; any other failure costs the second candidate alone. */
  private pass(run: QuestionRun, error: unknown): void {
    if (run.signal.aborted) throw error;
    const isExpected = [DomainError, MustWaitError, PlanTooDearError].some((kind) => error instanceof kind);
    if (!isExpected) this.log.warn('A second candidate failed', { error, questionId: run.claim.id });
  }
}

function isCheap({ result, plan }: RanFinding, maxRows: number): boolean {
  return result.databaseMs <= CHEAP_MS && (plan === undefined || costOfRows(plan, maxRows + 1) <= CHEAP_COST);
}

function candidateOf({ result, values }: RanFinding) {
  return { foundRows: !foundNothing(result), values };
}

function withConfidence(finding: RanFinding, { progress }: QuestionRun, secondCandidate: 'agreed' | 'disagreed') {
  const { values, result } = finding;
  const facts = { repairs: progress.rounds.length, values, foundRows: !foundNothing(result), secondCandidate };
  return { ...finding, fields: { ...finding.fields, confidence: confidenceOf(facts) } };
}

function withNote(finding: Finding, { claim }: QuestionRun): Finding {
  const note = candidateNote(claim.question, claim.settings.language);
  return { ...finding, fields: { ...finding.fields, assumptions: [...(finding.fields.assumptions ?? []), note] } };
}
