import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import {
  chargeOf,
  estimateInput,
  Llm,
  type LlmReply,
  modelNotConfigured,
  mostUsage,
  MustWaitError,
  Prices,
} from '@memori/llm';
import { userScopeOf } from '@memori/scope';
import { Sessions } from '@memori/session';
import type { AnswerPrompt } from '../context/answer-prompt';
import { ContextBuilder, type GatheredMaterial } from '../context/context-builder';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { NO_USAGE } from './answer';
import { ANSWER_FORMAT, type ModelReply, readModelReply } from './model-reply';
import type { Finding, QuestionRun } from './question-run';
import { complaintOf, isRepairable } from './repair';
import { SqlSteps } from './sql-steps';

/** Answers by the model: context, reply, guard, execution, and a bounded number of repairs. */
@Injectable()
export class ModelAnswers {
  constructor(
    private readonly llm: Llm,
    private readonly context: ContextBuilder,
    private readonly sessions: Sessions,
    private readonly steps: SqlSteps,
    private readonly prices: Prices,
    private readonly env: Env,
  ) {}

  async find(run: QuestionRun, record: DataSourceRecord, catalog: Catalog): Promise<Finding> {
    const { claim, progress } = run;
    if (claim.settings.dryRun) return this.estimate(run, await this.gather(run, record, catalog));
    if (!this.llm.isConfigured()) throw modelNotConfigured();
    if (claim.behind) throw new OthersFirstError();
    const material = await this.gather(run, record, catalog);
    for (;;) {
      const prompt = this.layOut(run, material);
      const { text, reply } = await this.ask(run, prompt);
      try {
        return await this.act(run, reply, record, catalog);
      } catch (error) {
        if (progress.rounds.length >= this.env.MEMORI_REPAIR_ROUNDS || !isRepairable(error)) throw error;
        progress.rounds.push({ reply: text, complaint: complaintOf(error) });
      }
    }
  }

  private gather(run: QuestionRun, record: DataSourceRecord, catalog: Catalog): Promise<GatheredMaterial> {
    const { claim, hints, progress } = run;
    return progress.time('contextMs', async () => {
      const session = hints.session ?? (await this.sessions.get(claim.principal, claim.sessionId));
      const { question, settings } = claim;
      const { timeZone, language, repliedTo } = settings;
      return this.context.gather({ session, dataSource: record, catalog, question, timeZone, language, repliedTo });
    });
  }

  private layOut(run: QuestionRun, material: GatheredMaterial): AnswerPrompt {
    const prompt = this.context.layOut(material, run.progress.rounds, this.modelOf(run), ANSWER_FORMAT);
    run.account = prompt.account;
    run.memories = prompt.memories;
    return prompt;
  }

  /** What the first round would send, and cost at most. Nothing is asked of anybody. */
  private estimate(run: QuestionRun, material: GatheredMaterial): Finding {
    const model = this.modelOf(run);
    const prompt = { ...this.layOut(run, material), schema: ANSWER_FORMAT };
    const outputTokens = this.env.MEMORI_MAX_OUTPUT_TOKENS;
    const most = this.prices.current.cost(model, mostUsage(prompt, model, outputTokens));
    const inputTokens = estimateInput(prompt, model);
    const usage = { ...NO_USAGE, model, inputTokens, outputTokens, costUsd: Number(most) / 1e9 };
    return { status: 'answered', fields: { source: 'model', usage } };
  }

  private async ask(
    run: QuestionRun,
    { system, messages }: AnswerPrompt,
  ): Promise<{ text: string; reply: ModelReply }> {
    const { claim, progress, signal } = run;
    const { sessionId, dataSourceId } = claim;
    const request = {
      scope: { ...userScopeOf(claim.principal), sessionId, dataSourceId },
      questionId: claim.id,
      purpose: 'answer' as const,
      model: this.modelOf(run),
      system,
      messages,
      schema: ANSWER_FORMAT,
      signal,
      failedAttempts: claim.attempts,
      background: claim.settings.background,
    };
    const answered = await progress.time('modelMs', () => this.charged(run, () => this.llm.complete(request)));
    return { text: answered.text, reply: readModelReply(answered.json) };
  }

  /** A failed attempt costs as well, and is told in the answer. */
  private async charged(run: QuestionRun, call: () => Promise<LlmReply>): Promise<LlmReply> {
    try {
      const reply = await call();
      run.progress.addAttempt(reply);
      return reply;
    } catch (error) {
      const charge = chargeOf(error);
      if (charge) run.progress.addAttempt(charge);
      throw error;
    }
  }

  private act(
    run: QuestionRun,
    reply: ModelReply,
    record: DataSourceRecord,
    catalog: Catalog,
  ): Promise<Finding> | Finding {
    const fields = { source: 'model' as const };
    switch (reply.outcome) {
      case 'sql':
        return this.answer(run, reply, record, catalog);
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
      confidence: progress.rounds.length > 0 ? ('low' as const) : ('medium' as const),
    };
    if (!claim.settings.execute) return { status: 'answered', fields };
    const { maxRows, timeZone } = claim.settings;
    const result = await progress.time('databaseMs', () =>
      this.steps.run(record, verdict, { maxRows, timeZone, signal: run.signal }, (ran) => progress.ran.push(ran)),
    );
    return { status: 'answered', fields, result };
  }

  private modelOf({ claim }: QuestionRun): string {
    return claim.settings.model ?? this.env.MEMORI_CLAUDE_MODEL;
  }
}

/** A slot may be free this very moment, but others have waited for it longer. */
export class OthersFirstError extends MustWaitError {
  constructor() {
    const message = 'Other questions have waited longer for a call to Claude.';
    super({ reason: 'no-slot', retryAfterMs: 0, countsAsAttempt: false, message });
  }
}
