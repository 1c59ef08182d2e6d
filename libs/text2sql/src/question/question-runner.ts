import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { MustWaitError } from '@memori/llm';
import { RequestContext } from '@memori/monitoring';
import { DataSources } from '../data-source/data-sources';
import { Presenter } from '../presentation/presenter';
import type { AskOutcome } from './answer';
import { AnswerWriter } from './answer-writer';
import { CachedAnswers } from './cached-answers';
import { ModelAnswers, OthersFirstError } from './model-answers';
import { queueFullError } from './question-errors';
import { QuestionLine } from './question-line';
import type { Claim } from './question-record';
import { type Finding, QuestionRun, type RunHints } from './question-run';
import { ServiceAccounts } from './service-accounts';
import { Summaries } from './summaries';
import { VerifiedAnswers } from './verified-answers';

/** `lost`: the claim is no longer ours, or was taken from us; whatever happens next is not this run's business. */
export type RunEnd =
  | { readonly kind: 'ended'; readonly outcome: AskOutcome }
  | {
      readonly kind: 'waiting';
      readonly delayMs: number;
      readonly reason: string;
      /** What it waits for keeps others from running as well. */
      readonly stopsOthers: boolean;
    }
  | { readonly kind: 'lost' };

/** Runs a claimed question to its answer, or back to the line. */
@Injectable()
export class QuestionRunner {
  constructor(
    private readonly dataSources: DataSources,
    private readonly verified: VerifiedAnswers,
    private readonly cached: CachedAnswers,
    private readonly model: ModelAnswers,
    private readonly presenter: Presenter,
    private readonly summaries: Summaries,
    private readonly writer: AnswerWriter,
    private readonly line: QuestionLine,
    private readonly service: ServiceAccounts,
    private readonly env: Env,
  ) {}

  /** Aborting `signal` stops model and SQL; nothing is written then. */
  run(claim: Claim, signal: AbortSignal, hints: RunHints = {}): Promise<RunEnd> {
    const run = new QuestionRun(claim, signal, hints);
    return RequestContext.run({ requestId: claim.requestId ?? claim.id }, async () => {
      const end = await this.toItsEnd(run);
      this.service.charge(claim, run.progress.weightedTokens());
      if (end.kind === 'lost') await this.writer.leaveTrace(run);
      return end;
    });
  }

  private async toItsEnd(run: QuestionRun): Promise<RunEnd> {
    let finding: Finding;
    try {
      finding = await this.find(run);
    } catch (error) {
      if (run.signal.aborted) return { kind: 'lost' };
      return error instanceof MustWaitError ? this.wait(run, error) : this.fail(run, error);
    }
    return ended(await this.writer.found(run, finding));
  }

  /** What costs nothing first. */
  private async find(run: QuestionRun): Promise<Finding> {
    const { claim, hints } = run;
    const record = hints.dataSource ?? (await this.dataSources.resolve(claim.principal, claim.dataSourceId));
    const catalog = await this.dataSources.catalog(record);
    const cheap = (await this.verified.find(run, record, catalog)) ?? (await this.cached.find(run, record, catalog));
    const finding = cheap ?? (await this.model.find(run, record, catalog));
    const { question, settings } = claim;
    const asked = { question, language: settings.language };
    return this.summaries.add(run, record, await this.presenter.present(finding, record, catalog, asked));
  }

  private async wait(run: QuestionRun, error: MustWaitError): Promise<RunEnd> {
    const { claim } = run;
    const hasTriedEnough = error.countsAsAttempt && claim.attempts + 1 >= this.env.MEMORI_MAX_ATTEMPTS;
    if (hasTriedEnough || this.comesTooLate(run, error)) return this.fail(run, error.asFailure());
    const reason = error instanceof OthersFirstError ? 'others-first' : error.reason;
    const wait = { delayMs: error.retryAfterMs, reason, counts: error.countsAsAttempt };
    const { outcome, delayMs } = await this.line.requeue(claim, wait, run.progress.save(run.nowMs()));
    if (outcome === 'full') return this.fail(run, queueFullError(this.env.MEMORI_QUEUE_MAX_WAITING));
    if (outcome === 'lost') return { kind: 'lost' };
    // Its user's share, or its model's pace, are nothing to a question of somebody else or of another model.
    return { kind: 'waiting', delayMs, reason, stopsOthers: error.denied !== 'user' && reason !== 'rate-limited' };
  }

  /** The provider says when: a question that would be too old by then is told so now, and does not wait in vain. */
  private comesTooLate({ ageMs }: QuestionRun, { retryAfterMs, reason }: MustWaitError): boolean {
    return reason === 'rate-limited' && ageMs + retryAfterMs > this.env.MEMORI_QUEUE_MAX_WAIT_SECONDS * 1000;
  }

  private async fail(run: QuestionRun, error: unknown): Promise<RunEnd> {
    return ended(await this.writer.failed(run, error));
  }
}

function ended(outcome: AskOutcome | undefined): RunEnd {
  return outcome ? { kind: 'ended', outcome } : { kind: 'lost' };
}
