import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { DatabaseUnavailableError } from '@memori/database';
import { userScopeOf, type Principal } from '@memori/scope';
import { type Page, type PageRequest, requireRole } from '@memori/security';
import { QuestionNudger } from '@memori/queue';
import { type AnswerHead, type AskOutcome, hasEnded } from './answer';
import { type AskInput, checkAskInput, checkIdempotencyKey } from './ask-input';
import { hashBody, IdempotencyKeys } from './idempotency-keys';
import { IntakeGate } from './intake-gate';
import { cancelledError, questionProblem, shuttingDownError } from './question-errors';
import { QuestionDispatcher } from './question-dispatcher';
import { type FeedbackInput, QuestionFeedback, type FeedbackResult } from './question-feedback';
import { type Intake, KeyTakenError, QuestionIntake } from './question-intake';
import { QuestionEvents, type QuestionEvent } from './question-events';
import { QuestionLine } from './question-line';
import { QuestionLooks } from './question-looks';
import { QuestionQuotes } from './question-quotes';
import { QuestionReader } from './question-reader';
import { QuestionSignals, QuestionWatch } from './question-signals';
import { ResultRows } from './result-rows';
import type { RowFormat, RowStream } from './row-formats';

export interface AskOptions {
  readonly idempotencyKey?: string;
  /** How long the caller waits for the end before he gets the question as it stands. */
  readonly waitMs: number;
  readonly requestId?: string;
  /** The caller wants no answer on this connection: losing it means nothing. */
  readonly respondAsync?: boolean;
  /** Nobody sits waiting for it (an evaluation): it goes after all that somebody waits for. */
  readonly background?: boolean;
  /** Its events are followed: they tell the reply as it comes in. */
  readonly streams?: boolean;
  /** Aborts when the caller's connection is lost while `ask` waits. */
  readonly signal?: AbortSignal;
}

/** A slow look at the table, should a notification be lost. */
const LOOK_AGAIN_MS = 2000;
/** Longest that a cancellation waits for the charge of the call that it ended; and how often it looks. */
const CHARGE_WAIT_MS = 2000;
const CHARGE_LOOK_MS = 50;

/** Questions, as callers see them: asked, waited for, followed, cancelled, judged. */
@Injectable()
export class Questions implements BeforeApplicationShutdown {
  private readonly callers = new Set<Promise<unknown>>();

  constructor(
    private readonly gate: IntakeGate,
    private readonly intake: QuestionIntake,
    private readonly looks: QuestionLooks,
    private readonly reader: QuestionReader,
    private readonly line: QuestionLine,
    private readonly dispatcher: QuestionDispatcher,
    private readonly signals: QuestionSignals,
    private readonly nudger: QuestionNudger,
    private readonly keys: IdempotencyKeys,
    private readonly eventLog: QuestionEvents,
    private readonly results: ResultRows,
    private readonly feedbackBook: QuestionFeedback,
    private readonly quotes: QuestionQuotes,
    private readonly env: Env,
  ) {}

  /** Who waits still reads what became of his question; the database closes after that. */
  async beforeApplicationShutdown(): Promise<void> {
    while (this.callers.size > 0) await Promise.allSettled(this.callers);
  }

  /** Asks, and waits for the end as long as the caller does. Failures of the question itself are in its answer. */
  ask(principal: Principal, input: AskInput, options: AskOptions): Promise<AskOutcome> {
    return this.attended(this.askOnce(principal, input, options));
  }

  private async askOnce(principal: Principal, input: AskInput, options: AskOptions): Promise<AskOutcome> {
    requireRole(principal, 'member');
    checkAskInput(input, this.env.MEMORI_MAX_ROWS);
    // Nothing is written of it, so there is nothing to find again under a key.
    if (input.dryRun) return this.quotes.quote(principal, input, options.requestId);
    const { idempotencyKey } = options;
    if (idempotencyKey === undefined) return this.askNew(principal, input, options);
    checkIdempotencyKey(idempotencyKey);
    const bodyHash = hashBody(input);
    const known = await this.keys.find(userScopeOf(principal), idempotencyKey, bodyHash);
    if (known !== undefined) return this.replay(principal, known, options);
    try {
      return await this.askNew(principal, input, options, { text: idempotencyKey, bodyHash });
    } catch (error) {
      if (!(error instanceof KeyTakenError)) throw error;
      // Somebody was faster with the same key, by a moment.
      const taken = await this.keys.find(userScopeOf(principal), idempotencyKey, bodyHash);
      if (taken === undefined) throw error;
      return this.replay(principal, taken, options);
    }
  }

  /** The question as it stands, waiting up to `waitMs` for its end. */
  async get(principal: Principal, id: string, waitMs = 0, signal?: AbortSignal): Promise<AskOutcome> {
    const end = this.waitForEnd(principal, id, waitMs, { signal, follow: waitMs > 0 });
    return { ...(await this.attended(end)), replayed: false };
  }

  list(principal: Principal, filter: { readonly sessionId?: string }, page: PageRequest): Promise<Page<AnswerHead>> {
    return this.reader.list(principal, filter.sessionId, page);
  }

  /** Waiting or running, it is over at once. One that has ended stays as it is. */
  async cancel(principal: Principal, id: string, requestId?: string): Promise<void> {
    requireRole(principal, 'member');
    await this.reader.row(principal, id);
    const watch = new QuestionWatch(this.signals, id);
    try {
      await this.stop(principal, id, false, requestId);
      await this.chargedFor(principal, id, watch);
    } finally {
      watch.close();
    }
  }

  /** The asker's connection is lost: cancels the question unless somebody else follows it. */
  async abandon(principal: Principal, id: string): Promise<void> {
    await this.stop(principal, id, true);
  }

  /**
   * Every event after `afterId`, and those to come, until the question has ended. `asAsker`: it is the stream of the
   * asking connection itself, which nobody else's interest hangs on.
   */
  async events(
    principal: Principal,
    id: string,
    afterId = 0,
    options: { readonly signal?: AbortSignal; readonly asAsker?: boolean } = {},
  ): Promise<AsyncIterable<QuestionEvent>> {
    // A stream that has begun can answer no 404 any more.
    await this.reader.view(principal, id, { follow: !options.asAsker });
    return this.eventLog.follow(principal, id, afterId, options.signal);
  }

  rows(
    principal: Principal,
    id: string,
    format: RowFormat,
    options: { readonly requestId?: string; readonly signal?: AbortSignal; readonly bom?: boolean } = {},
  ): Promise<RowStream> {
    return this.results.stream(principal, id, format, options);
  }

  /** What went into the prompt, with tokens and reasons, and what was left out; null when no prompt was made. */
  context(principal: Principal, id: string): Promise<unknown> {
    return this.reader.context(principal, id);
  }

  feedback(principal: Principal, id: string, input: FeedbackInput, requestId?: string): Promise<FeedbackResult> {
    return this.feedbackBook.give(principal, id, input, requestId);
  }

  private async askNew(
    principal: Principal,
    input: AskInput,
    options: AskOptions,
    key?: { text: string; bodyHash: Buffer },
  ): Promise<AskOutcome> {
    const { requestId, background, streams } = options;
    const askedAt = performance.now();
    const taken = await this.gate.pass(() => {
      if (this.dispatcher.isShuttingDown) throw shuttingDownError();
      const { mayRun } = this.dispatcher;
      return this.intake.take(principal, input, { mayRun, requestId, key, background, streams });
    }, options.signal);
    const stopWatching = this.watchConnection(principal, taken.id, options);
    try {
      const ended = await this.runHere(taken, options);
      if (ended) return ended;
      const leftMs = askedAt + options.waitMs - performance.now();
      return { ...(await this.waitForEnd(principal, taken.id, leftMs, { signal: options.signal })), replayed: false };
    } finally {
      stopWatching();
    }
  }

  /** Runs the question in this process, if it may. Undefined: it did not end here, or not in time. */
  private async runHere(
    { begun, session, dataSource, claimedAt }: Intake,
    options: AskOptions,
  ): Promise<AskOutcome | undefined> {
    if (begun.outcome !== 'running') {
      void this.nudger.nudge();
      return undefined;
    }
    const end = this.dispatcher.start(begun.claim, claimedAt, { session, dataSource });
    const result = await withPatience(end, options);
    return result?.kind === 'ended' ? result.outcome : undefined;
  }

  private async replay(principal: Principal, id: string, options: AskOptions): Promise<AskOutcome> {
    return {
      ...(await this.waitForEnd(principal, id, options.waitMs, { signal: options.signal, follow: true })),
      replayed: true,
    };
  }

  private async waitForEnd(
    principal: Principal,
    id: string,
    waitMs: number,
    { signal, follow = false }: { readonly signal?: AbortSignal; readonly follow?: boolean },
  ): Promise<Omit<AskOutcome, 'replayed'>> {
    const until = performance.now() + waitMs;
    const watch = new QuestionWatch(this.signals, id);
    try {
      for (let isFirst = true; ; isFirst = false) {
        const left = until - performance.now();
        const isLast = left <= 0 || signal?.aborted || this.dispatcher.isShuttingDown;
        // Whose it is, and that he follows it, is seen to once; after that only its end matters.
        if (isLast || (isFirst && follow) || (await this.hasEnded(id))) {
          const { answer, rows } = await this.reader.view(principal, id, { follow, withRows: true });
          if (isLast || hasEnded(answer.status)) return { answer, rows };
        }
        await watch.next(Math.min(left, LOOK_AGAIN_MS), signal);
      }
    } finally {
      watch.close();
    }
  }

  /** The question is taken: a database that does not answer for a moment is asked again until the wait is over. */
  private async hasEnded(id: string): Promise<boolean> {
    try {
      return await this.looks.hasEnded(id);
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) return false;
      throw error;
    }
  }

  /** A lost connection cancels a question that nobody can ask for again: no key, no wish for a later answer. */
  private watchConnection(
    principal: Principal,
    id: string,
    { signal, idempotencyKey, respondAsync }: AskOptions,
  ): () => void {
    if (!signal || idempotencyKey !== undefined || respondAsync) return () => undefined;
    const abandon = () => void this.abandon(principal, id).catch(() => undefined);
    if (signal.aborted) abandon();
    else signal.addEventListener('abort', abandon, { once: true });
    return () => signal.removeEventListener('abort', abandon);
  }

  /** An aborted call is charged a moment later: whoever cancels may look at once what it cost, within reason. */
  private async chargedFor(principal: Principal, id: string, watch: QuestionWatch): Promise<void> {
    const until = performance.now() + CHARGE_WAIT_MS;
    while (performance.now() < until && (await this.reader.hasOpenCall(principal, id)))
      await watch.next(CHARGE_LOOK_MS);
  }

  private attended<T>(call: Promise<T>): Promise<T> {
    const kept = call.finally(() => this.callers.delete(kept));
    this.callers.add(kept);
    return kept;
  }

  private async stop(principal: Principal, id: string, unlessShared: boolean, requestId?: string): Promise<void> {
    const problem = questionProblem(cancelledError(), id, requestId);
    if (await this.line.cancel(principal, id, problem, unlessShared)) this.signals.tell(id, 'cancelled');
  }
}

/** Undefined when the caller has waited long enough, or has gone. The work goes on either way. */
async function withPatience<T>(work: Promise<T>, { waitMs, signal }: AskOptions): Promise<T | undefined> {
  let giveUp = () => {};
  const patience = new Promise<undefined>((resolve) => (giveUp = () => resolve(undefined)));
  const timer = setTimeout(giveUp, waitMs);
  if (signal?.aborted) giveUp();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, patience]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}
