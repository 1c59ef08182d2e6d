import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Budget, limitTokens, Llm, type LlmQuote, type LlmRequest, promptTokens, usdFromNano } from '@memori/llm';
import { Clock, newId, type Principal } from '@memori/scope';
import { DataSources } from '../data-source/data-sources';
import { type AnswerHead, type AnswerQuote, type AskOutcome, NO_USAGE, type QuotedFailure } from './answer';
import { AnswerComposer } from './answer-composer';
import type { AskInput } from './ask-input';
import { CachedAnswers } from './cached-answers';
import { ModelAsker, type Prepared } from './model-asker';
import { type LookedUp, QuestionIntake } from './question-intake';
import { type Finding, QuestionRun } from './question-run';
import { VerifiedAnswers } from './verified-answers';

/** Quotes questions: goes the way of a real one up to the call, calls nothing, holds nothing and writes nothing. */
@Injectable()
export class QuestionQuotes {
  constructor(
    private readonly intake: QuestionIntake,
    private readonly dataSources: DataSources,
    private readonly verified: VerifiedAnswers,
    private readonly cached: CachedAnswers,
    private readonly asker: ModelAsker,
    private readonly composer: AnswerComposer,
    private readonly llm: Llm,
    private readonly budget: Budget,
    private readonly clock: Clock,
    private readonly env: Env,
  ) {}

  async quote(principal: Principal, input: AskInput, requestId?: string): Promise<AskOutcome> {
    const run = this.runOf(principal, await this.intake.look(principal, input), requestId);
    const record = run.hints.dataSource ?? (await this.dataSources.resolve(principal, run.claim.dataSourceId));
    const catalog = await this.dataSources.catalog(record);
    const finding = (await this.verified.find(run, record, catalog)) ?? (await this.cached.find(run, record, catalog));
    const budget = await this.composer.budgetOf(run);
    if (finding) return outcomeOf({ ...this.headOf(run, finding), budget, quote: freeQuote(finding) });
    const prepared = await this.asker.prepare(run, record, catalog);
    let { quoted, quote } = await this.ofModel(run, prepared);
    if (quote.wouldFail?.unit === 'usd' && quote.modelReason !== 'pinned' && quote.modelReason !== 'budget-low') {
      // A real question would step down as well.
      prepared.lowBudget = quote.wouldFail.limitSource;
      ({ quoted, quote } = await this.ofModel(run, prepared));
    }
    const byModel = { status: 'answered', fields: { source: 'model' } } satisfies Finding;
    return outcomeOf({ ...this.headOf(run, byModel), usage: usageOf(quoted), budget, quote });
  }

  private async ofModel(run: QuestionRun, prepared: Prepared): Promise<{ quoted: LlmQuote; quote: AnswerQuote }> {
    const { model, reason } = this.asker.choose(run, prepared);
    const request = this.asker.request(run, prepared, model, reason);
    const quoted = this.llm.quote(request);
    const { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = quoted.atMost;
    const quote = {
      source: 'model' as const,
      model,
      modelReason: reason,
      atMost: {
        inputTokens,
        cacheWriteTokens: cacheWrite5mTokens + cacheWrite1hTokens,
        outputTokens,
        costUsd: usdFromNano(quoted.costNanoUsd),
      },
      estimatedInputTokens: quoted.typicalInputTokens,
      wouldFail: await this.failureOf(request, quoted),
      context: run.account ?? null,
    };
    return { quoted, quote };
  }

  private async failureOf(request: LlmRequest, quoted: LlmQuote): Promise<QuotedFailure | null> {
    if (!this.llm.isConfigured()) return { code: 'model-not-configured' };
    const limit = this.env.MEMORI_PER_REQUEST_TOKEN_LIMIT;
    const { typicalInputTokens: asked } = quoted;
    const ofRequest = {
      limitSource: 'request',
      unit: 'tokens',
      limit,
      remaining: limit,
      asked,
      resetsAt: null,
    } as const;
    if (asked > limit) return { code: 'budget-exhausted', ...ofRequest };
    return this.refusalOf(request, quoted);
  }

  /** The limit that even the estimate would break: where only the upper bound does, the provider counts. */
  private async refusalOf({ scope, purpose }: LlmRequest, quoted: LlmQuote): Promise<QuotedFailure | null> {
    const { model, estimate, estimateNanoUsd } = quoted;
    const line = await this.budget.wouldRefuse(scope, { model, atMost: estimate, purpose });
    if (!line) return null;
    const { unit, limit, remaining, resetsAt } = line;
    const asked = unit === 'usd' ? usdFromNano(estimateNanoUsd) : limitTokens(estimate);
    const limitSource = `${line.scope}/${line.window}`;
    return { code: 'budget-exhausted', limitSource, unit, limit, remaining, asked, resetsAt };
  }

  private headOf({ claim, memories, progress }: QuestionRun, { status, fields }: Finding): AnswerHead {
    const now = this.clock.now();
    return {
      id: claim.id,
      sessionId: claim.sessionId,
      dataSourceId: claim.dataSourceId,
      status,
      question: claim.question,
      ...fields,
      memories: memories.map(({ id, content, score }) => ({ id, content, score })),
      usage: NO_USAGE,
      budget: [],
      timings: progress.timings(claim.createdAt.getTime(), now.getTime()),
      createdAt: claim.createdAt.toISOString(),
      finishedAt: now.toISOString(),
    };
  }

  /** A run of a question that is in no line: nobody could claim it, and nothing of it can be written. */
  private runOf(principal: Principal, asked: LookedUp, requestId: string | undefined): QuestionRun {
    const { question, dataSource, session, settings } = asked;
    const createdAt = this.clock.now();
    const claim = {
      id: newId(),
      fence: '0',
      principal,
      requestId,
      sessionId: session.id,
      dataSourceId: dataSource.id,
      question,
      settings,
      createdAt,
      ageMs: 0,
      attempts: 0,
      progress: undefined,
      behind: false,
    };
    return new QuestionRun(claim, new AbortController().signal, { dataSource, session });
  }
}

function freeQuote({ fields }: Finding): AnswerQuote {
  return {
    source: fields.source ?? 'verified-query',
    model: null,
    modelReason: null,
    atMost: { inputTokens: 0, cacheWriteTokens: 0, outputTokens: 0, costUsd: 0 },
    estimatedInputTokens: 0,
    wouldFail: null,
    context: null,
  };
}

function outcomeOf(answer: AnswerHead): AskOutcome {
  return { answer, rows: undefined, replayed: false };
}

function usageOf({ model, atMost, costNanoUsd }: LlmQuote): AnswerHead['usage'] {
  const { outputTokens } = atMost;
  return { ...NO_USAGE, model, inputTokens: promptTokens(atMost), outputTokens, costUsd: usdFromNano(costNanoUsd) };
}
