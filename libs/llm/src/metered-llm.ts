import { setMaxListeners } from 'node:events';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Prices, promptTokens, type Hold } from '@memori/budget';
import { Pacer, SlotLease, Slots, type NoSlot, type SlotKey } from '@memori/concurrency';
import { Env } from '@memori/config';
import { Log, Metrics } from '@memori/monitoring';
import { AnthropicLlm } from './anthropic-llm';
import { spreadMs } from './backoff';
import {
  endingOfBug,
  endingOfFailure,
  endingOfInterruption,
  endingOfReply,
  errorOfInterruption,
  type CallEnding,
} from './call-ending';
import { CallLedger } from './call-ledger';
import { planAnyCall, planCall, withInput, type CallPlan } from './call-plan';
import { CallReservations } from './call-reservations';
import type { FaultContext } from './fault-error';
import { Interruption } from './interruption';
import { Llm, withCharge, type LlmQuote, type LlmReply, type LlmRequest } from './llm';
import { modelNotConfigured } from './llm-errors';
import { MustWaitError } from './must-wait.error';
import { type Admission, leftAlone, ProviderHealth, type SharedPause } from './provider-health';
import { Randomness } from './randomness';
import { noteFault, noteHeaders } from './rate-limit-headers';
import { StreamEvidence } from './stream-evidence';
import { StreamRecorder } from './stream-recorder';
import { TokenRatios } from './token-ratios';

/** What stands around one call from its admission to its end. */
interface Frame {
  readonly admission: Admission;
  readonly slot: SlotLease;
  readonly stop: Interruption;
}

interface RunningCall extends Frame {
  readonly plan: CallPlan;
  readonly hold: Hold;
  readonly evidence: StreamEvidence;
  readonly startedAt: number;
}

/**
 * Holds a slot and a reservation around every call. Without contention a call is four round trips: slot, reservation and
 * sent, settled, slot back; the second and the third are durable commits.
 */
@Injectable()
export class MeteredLlm extends Llm implements BeforeApplicationShutdown {
  private readonly shutdown = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly model: AnthropicLlm,
    private readonly reservations: CallReservations,
    private readonly ledger: CallLedger,
    private readonly prices: Prices,
    private readonly slots: Slots,
    private readonly pacer: Pacer,
    private readonly health: ProviderHealth,
    private readonly ratios: TokenRatios,
    private readonly env: Env,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly randomness: Randomness,
  ) {
    super();
    // Every call in flight listens to it.
    setMaxListeners(0, this.shutdown.signal);
  }

  isConfigured(): boolean {
    return this.model.isConfigured();
  }

  quote(request: LlmRequest): LlmQuote {
    const prices = this.prices.current;
    const plan = planAnyCall(request, this.env, prices, this.ratios);
    const { model, typicalInput, atMost } = plan;
    const { atMost: estimate } = withInput(plan, typicalInput);
    return {
      model,
      typicalInputTokens: typicalInput,
      atMost,
      costNanoUsd: prices.cost(model, atMost),
      estimate,
      estimateNanoUsd: prices.cost(model, estimate),
    };
  }

  async complete(request: LlmRequest): Promise<LlmReply> {
    if (!this.isConfigured()) throw modelNotConfigured();
    const plan = planCall(request, this.env, this.prices.current, this.ratios);
    const call = this.admitted(plan);
    this.running.add(call);
    try {
      return await call;
    } catch (error) {
      if (error instanceof MustWaitError) this.metrics.mustWait(error.reason);
      throw error;
    } finally {
      this.running.delete(call);
    }
  }

  /** Stops every call at once: each is charged for what it used and answers that it must wait. Resolves when all have. */
  async abortAll(): Promise<void> {
    this.shutdown.abort();
    await Promise.allSettled(this.running);
  }

  /** By now whoever could still answer has answered: what runs is given back to the line. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.abortAll();
  }

  private async admitted(plan: CallPlan): Promise<LlmReply> {
    const stop = new Interruption();
    try {
      stop.follow('cancelled', plan.request.signal);
      stop.follow('shutting-down', this.shutdown.signal);
      this.refuseIfStopped(plan, stop);
      const { isRetry = false, failedAttempts = 0 } = plan.request;
      const admission = this.health.admit(plan.model, isRetry || failedAttempts > 0);
      return await this.withSlot(plan, admission, stop).finally(() => admission.leave());
    } finally {
      stop.dispose();
    }
  }

  private async withSlot(plan: CallPlan, admission: Admission, stop: Interruption): Promise<LlmReply> {
    const slot = await this.slots.tryAcquire(slotKeyOf(plan));
    if (!(slot instanceof SlotLease)) throw this.mustWaitFor(slot);
    stop.follow('lease-lost', slot.signal);
    return this.withHold(plan, { admission, slot, stop }).finally(() => slot.letGo());
  }

  private async withHold(asked: CallPlan, frame: Frame): Promise<LlmReply> {
    const { stop } = frame;
    this.refuseIfStopped(asked, stop);
    const reserving = this.reservations.reserve(asked, frame.slot.fence, stop.signal);
    const { plan, hold } = await reserving.catch((error: unknown) => {
      this.refuseIfStopped(asked, stop);
      throw error;
    });
    if (stop.by) {
      await this.ledger.giveBack(hold);
      this.refuseIfStopped(plan, stop);
    }
    const evidence = new StreamEvidence(plan.model, plan.cacheWrites);
    return this.send({ ...frame, plan, hold, evidence, startedAt: performance.now() });
  }

  private async send(call: RunningCall): Promise<LlmReply> {
    const { plan, hold, stop, evidence } = call;
    const recorder = new StreamRecorder((usage) => this.ledger.markStreaming(hold, usage));
    const { request, model, maxOutputTokens } = plan;
    stop.startTimer(this.env.MEMORI_CLAUDE_TIMEOUT_MS);
    let failure: { error: unknown } | undefined;
    try {
      const onEvent = () => {
        recorder.note(evidence);
        request.onText?.(evidence.text);
      };
      const onHeaders = (headers: Headers) => noteHeaders(this.pacer, model, headers);
      await this.model.stream({ request, model, maxOutputTokens, signal: stop.signal, evidence, onEvent, onHeaders });
    } catch (error) {
      failure = { error };
      noteFault(this.pacer, model, error);
    } finally {
      recorder.stop();
    }
    return this.end(call, this.endingOf(call, failure));
  }

  private endingOf({ plan, stop, evidence }: RunningCall, failure: { error: unknown } | undefined): CallEnding {
    const ended = { evidence, atMost: plan.atMost, schema: plan.request.schema, context: this.contextOf(plan) };
    if (!failure) return endingOfReply(ended);
    if (stop.by) return endingOfInterruption(ended, stop.by);
    return endingOfFailure(ended, failure.error) ?? endingOfBug(ended, failure.error);
  }

  private async end(call: RunningCall, ending: CallEnding): Promise<LlmReply> {
    const { plan, hold, evidence, startedAt, admission, slot } = call;
    const { model } = plan;
    const durationMs = performance.now() - startedAt;
    const pause = admission.ended(ending.outcome) ?? pauseAskedFor(ending);
    if (pause) await this.pause(model, pause);
    // The call is over: its slot need not wait for the disk that the settlement waits for.
    slot.letGo();
    const costNanoUsd = await this.ledger.settle(hold, ending);
    if (evidence.hasStarted) this.ratios.note(model, plan.typicalInput, promptTokens(evidence.usage));
    const charge = { model, usage: ending.usage, costNanoUsd, attemptId: hold.attemptId };
    this.metrics.attemptEnded({ model, outcome: ending.outcome, usage: ending.usage, costNanoUsd, durationMs });
    if ('error' in ending.result) throw withCharge(ending.result.error, charge);
    const { text, stopReason = '' } = evidence;
    return { ...charge, json: ending.result.json, text, stopReason, durationMs };
  }

  private async pause(model: string, { ms, reason }: SharedPause): Promise<void> {
    await this.slots.pause(model, ms, reason).catch((error: unknown) => {
      this.log.warn('A pause asked for by the provider could not be shared with other instances.', { error });
    });
  }

  private refuseIfStopped(plan: CallPlan, stop: Interruption): void {
    if (stop.by) throw errorOfInterruption(stop.by, this.contextOf(plan));
  }

  private contextOf({ request, model }: CallPlan): FaultContext {
    return {
      model,
      failedAttempts: request.failedAttempts ?? 0,
      overloadsBefore: () => this.health.overloadsBefore(model),
      random: this.randomness.next(),
      timeoutMs: this.env.MEMORI_CLAUDE_TIMEOUT_MS,
    };
  }

  private mustWaitFor({ denied, because, waitMs }: NoSlot): MustWaitError {
    const retryAfterMs = spreadMs(waitMs, this.randomness.next());
    // Another instance met it: the same to whoever asks here.
    if (because === 'overloaded' || because === 'unavailable') return leftAlone(because, retryAfterMs);
    if (denied === 'paused' || denied === 'paced')
      return new MustWaitError({
        reason: 'rate-limited',
        retryAfterMs,
        countsAsAttempt: false,
        message: 'Claude limits the rate of calls for now.',
      });
    return new MustWaitError({
      reason: 'no-slot',
      retryAfterMs,
      countsAsAttempt: false,
      denied,
      message: 'All slots for calls to Claude are taken for now.',
    });
  }
}

function pauseAskedFor({ pauseMs: ms }: CallEnding): SharedPause | undefined {
  return ms === undefined ? undefined : { ms, reason: 'rate-limited' };
}

/** A question's own calls go before all else that is asked of the model. Cached input does not count at the provider. */
function slotKeyOf({ request, model, atMost }: CallPlan): SlotKey {
  const { scope, purpose, background = purpose !== 'answer' } = request;
  return {
    tenantId: scope.tenantId,
    userId: scope.userId,
    rateKey: model,
    class: background ? 'background' : 'interactive',
    tokens: { input: promptTokens(atMost) - atMost.cacheReadTokens },
  };
}
