import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { DomainError } from '@memori/errors';
import { Budget, chargeOf, Llm, type LlmReply, type LlmRequest, MustWaitError } from '@memori/llm';
import { Log, Metrics } from '@memori/monitoring';
import { userScopeOf } from '@memori/scope';
import type { AnswerPrompt } from '../context/answer-prompt';
import { ContextBuilder, type GatheredMaterial } from '../context/context-builder';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { linkedTableCount } from '../linking/rank-tables';
import { type Difficulty, difficultyOf } from './hard-question';
import { chooseModel, lowLine, mayClimb, type ModelChoice, modelsOf } from './model-choice';
import { ANSWER_FORMAT, type ModelReply, readModelReply } from './model-reply';
import { QuestionMaterial } from './question-material';
import { QuestionLine } from './question-line';
import type { QuestionRun } from './question-run';
import { QuestionSignals } from './question-signals';
import { type QuestionDelta, ReplyStream } from './reply-stream';

/** What is known of a question before the first round: the same for all of them, but for a budget that runs out. */
export interface Prepared {
  readonly material: GatheredMaterial;
  readonly difficulty: Difficulty;
  /** A limit of which little is left. */
  lowBudget: string | undefined;
}

/** Puts a question to a model: which one, with which context, and to which other when that one fails. */
@Injectable()
export class ModelAsker {
  constructor(
    private readonly llm: Llm,
    private readonly context: ContextBuilder,
    private readonly material: QuestionMaterial,
    private readonly budget: Budget,
    private readonly line: QuestionLine,
    private readonly signals: QuestionSignals,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly env: Env,
  ) {}

  /** Everything that a first round needs. Reads only. */
  async prepare(run: QuestionRun, record: DataSourceRecord, catalog: Catalog): Promise<Prepared> {
    const [material, lowBudget] = await Promise.all([this.material.of(run, record, catalog), this.lowBudget(run)]);
    const { question } = run.claim;
    const linkedTables = linkedTableCount(question, catalog);
    const isFollowUp = material.history.length > 0 || material.repliedTo !== undefined;
    return { material, lowBudget, difficulty: difficultyOf({ question, linkedTables, isFollowUp }) };
  }

  /** The model of the next round, by what happened so far. */
  choose({ claim, progress }: QuestionRun, { difficulty, lowBudget }: Prepared): ModelChoice {
    const facts = {
      pinned: claim.settings.model,
      isHard: difficulty.isHard,
      // What found nothing did not fail: the same model knows the spelling now.
      failedRounds: progress.rounds.filter(({ because }) => because !== 'no-rows').length,
      repairRounds: this.env.MEMORI_REPAIR_ROUNDS,
      invalidReplies: progress.invalidReplies,
      lowBudget,
    };
    return chooseModel(facts, modelsOf(this.env));
  }

  /** What the next round would send to a model. */
  request(run: QuestionRun, { material, difficulty }: Prepared, model: string, reason: string): LlmRequest {
    const { claim, signal } = run;
    const prompt = this.layOut(run, material, model);
    run.account = { ...prompt.account, model: { id: model, reason, signs: difficulty.signs } };
    const { sessionId, dataSourceId } = claim;
    return {
      scope: { ...userScopeOf(claim.principal), sessionId, dataSourceId },
      questionId: claim.id,
      purpose: 'answer' as const,
      model,
      system: prompt.system,
      messages: prompt.messages,
      schema: ANSWER_FORMAT,
      signal,
      failedAttempts: claim.attempts,
      background: claim.settings.background,
    };
  }

  /** Undefined: no reply that could be used, and another model may give one. */
  async ask(
    run: QuestionRun,
    prepared: Prepared,
    choice: ModelChoice,
  ): Promise<{ text: string; reply: ModelReply } | undefined> {
    this.metrics.modelChosen(choice);
    const stream = this.streamOf(run);
    try {
      const answered = await run.progress.time('modelMs', () => this.complete(run, prepared, choice, stream));
      return { text: answered.text, reply: readModelReply(answered.json) };
    } catch (error) {
      if (isInvalidReply(error) && mayClimb(choice, modelsOf(this.env))) run.progress.invalidReplies++;
      else if (isShortOfMoney(error) && choice.reason !== 'pinned' && choice.reason !== 'budget-low')
        prepared.lowBudget = error.facts.limitSource;
      else throw error;
      return undefined;
    } finally {
      await stream?.end();
    }
  }

  /** Where somebody follows the question. A part that cannot be told is told by the end of it. */
  private streamOf(run: QuestionRun): ReplyStream | undefined {
    const { claim, progress } = run;
    if (!claim.settings.streams) return undefined;
    const isFirst =
      claim.progress === undefined && claim.attempts === 0 && progress.rounds.length === 0 && !run.hasStreamed;
    run.hasStreamed = true;
    const write = async (delta: QuestionDelta) => {
      try {
        if (await this.line.addDelta(claim, delta)) this.signals.tell(claim.id);
      } catch (error) {
        this.log.warn('A part of a reply could not be told', { error, questionId: claim.id });
      }
    };
    return new ReplyStream(write, isFirst);
  }

  /** A question is not lost because the ledger cannot be read just now: the reservation decides in any case. */
  private async lowBudget({ claim }: QuestionRun): Promise<string | undefined> {
    if (claim.settings.model !== undefined) return undefined;
    const { sessionId, dataSourceId } = claim;
    try {
      const lines = await this.budget.standing({ ...userScopeOf(claim.principal), sessionId, dataSourceId });
      const low = lowLine(lines, this.env.MEMORI_BUDGET_ALERT_THRESHOLD);
      return low && `${low.scope}/${low.window}`;
    } catch (error) {
      this.log.warn('The budget could not be read before a question', { error });
      return undefined;
    }
  }

  private layOut(run: QuestionRun, material: GatheredMaterial, model: string): AnswerPrompt {
    const prompt = this.context.layOut(material, run.progress.rounds, model, ANSWER_FORMAT);
    run.memories = prompt.memories;
    return prompt;
  }

  /** An overloaded model is waited for only when no other may answer in its place. */
  private async complete(
    run: QuestionRun,
    prepared: Prepared,
    choice: ModelChoice,
    stream: ReplyStream | undefined,
  ): Promise<LlmReply> {
    const { model, reason, fallback } = choice;
    const told = stream && { onText: (text: string) => stream.take(text) };
    try {
      return await this.charged(run, { ...this.request(run, prepared, model, reason), ...told });
    } catch (error) {
      const isOverloaded = error instanceof MustWaitError && error.reason === 'overloaded';
      if (!isOverloaded || fallback === undefined) throw error;
      this.metrics.modelChosen({ model: fallback, reason: 'overloaded' });
      const instead = this.request(run, prepared, fallback, 'overloaded');
      // Where it was known before that the first one is overloaded, nothing was sent: then this is no second try.
      const isRetry = chargeOf(error) !== undefined;
      return this.charged(run, { ...instead, ...told, isRetry }).catch((second: unknown) => {
        throw isWorthWaiting(second) ? error : second;
      });
    }
  }

  /** A failed attempt costs as well, and is told in the answer. */
  private async charged(run: QuestionRun, request: LlmRequest): Promise<LlmReply> {
    try {
      const reply = await this.llm.complete(request);
      run.progress.addAttempt(reply);
      return reply;
    } catch (error) {
      const charge = chargeOf(error);
      if (charge) run.progress.addAttempt(charge);
      throw error;
    }
  }
}

function isInvalidReply(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'model-reply-invalid';
}

/** A limit in money, which a cheaper model may still keep; one in tokens it would break as well. */
function isShortOfMoney(error: unknown): error is DomainError {
  return error instanceof DomainError && error.code === 'budget-exhausted' && error.facts.unit === 'usd';
}

/** The other model could not be had either: then the first one is waited for. */
function isWorthWaiting(error: unknown): boolean {
  if (error instanceof MustWaitError) return error.reason !== 'shutting-down' && error.reason !== 'lease-lost';
  return error instanceof DomainError && (error.code === 'budget-exhausted' || error.code === 'model-not-allowed');
}
