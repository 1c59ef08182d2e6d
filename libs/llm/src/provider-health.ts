import { Injectable } from '@nestjs/common';
import type { PauseReason } from '@memori/concurrency';
import { FaultStreak, spreadMs } from './backoff';
import { CircuitBreaker } from './circuit-breaker';
import { MustWaitError } from './must-wait.error';
import { Randomness } from './randomness';
import { RetryBudget } from './retry-budget';

/** The outcome of an attempt speaks for the model, against it, or of something else. */
const SPEAKS: Readonly<Record<string, 'for' | 'against' | undefined>> = {
  overloaded: 'against',
  unavailable: 'against',
  timeout: 'against',
  connection: 'against',
  'cut-stream': 'against',
  cancelled: undefined,
  'lease-lost': undefined,
  'shutting-down': undefined,
  'rate-limited': undefined,
  failed: undefined,
};

/** Failures that the provider himself told of: other instances will see the same. */
const TOLD_BY_PROVIDER = ['overloaded', 'unavailable'] as const;
type ToldByProvider = (typeof TOLD_BY_PROVIDER)[number];

/** How long nobody should call a model, in any instance, and why. */
export interface SharedPause {
  readonly ms: number;
  readonly reason: PauseReason;
}

/** The right to make one attempt now. */
export interface Admission {
  /** How the attempt ended. Answers for how long all instances should leave the model alone, when it came to that. */
  ended(outcome: string): SharedPause | undefined;
  /** To be called in any case: the attempt is over, or was never made. */
  leave(): void;
}

/** What this process knows of the provider's health: a breaker for each model, and one budget of retries. */
@Injectable()
export class ProviderHealth {
  private readonly breakers = new Map<string, CircuitBreaker>();
  private readonly lastFault = new Map<string, string>();
  private readonly retries = new RetryBudget();
  private readonly overloads = new FaultStreak();

  constructor(private readonly randomness: Randomness) {}

  /** Throws MustWaitError, which counts as no attempt, while the model should be left alone. */
  admit(model: string, isRetry: boolean): Admission {
    const nowMs = performance.now();
    const breaker = this.breakerOf(model);
    const answer = breaker.admit(nowMs);
    if ('waitMs' in answer) throw this.leaveAlone(model, answer.waitMs);
    if (isRetry) {
      const waitMs = this.retries.takeRetry(nowMs);
      if (waitMs !== undefined) {
        if (answer.go === 'probe') breaker.probeAbandoned(nowMs);
        throw this.leaveAlone(model, waitMs, 'Many calls to Claude failed lately; those that are tried again wait.');
      }
    } else this.retries.noteFirstAttempt(nowMs);
    return {
      ended: (outcome) => this.note(model, outcome),
      leave: () => {
        if (answer.go === 'probe') breaker.probeAbandoned(performance.now());
      },
    };
  }

  /** Overloads of the model before this one, over all questions. */
  overloadsBefore(model: string): number {
    return this.overloads.next(model, performance.now());
  }

  private note(model: string, outcome: string): SharedPause | undefined {
    if (outcome === 'answered') this.overloads.end(model);
    const speaks = outcome in SPEAKS ? SPEAKS[outcome] : 'for';
    if (speaks === 'for') this.breakerOf(model).succeeded();
    if (speaks !== 'against') return undefined;
    this.lastFault.set(model, outcome);
    const openMs = this.breakerOf(model).failed(performance.now());
    // A little shorter than here, so that the probe of the instance that knows it best finds the model free.
    const told = TOLD_BY_PROVIDER.find((each) => each === outcome);
    return openMs !== undefined && told ? { ms: openMs * 0.8, reason: told } : undefined;
  }

  private leaveAlone(model: string, waitMs: number, why?: string): MustWaitError {
    const fault = this.lastFault.get(model) === 'overloaded' ? 'overloaded' : 'unavailable';
    return leftAlone(fault, spreadMs(waitMs, this.randomness.next()), why);
  }

  private breakerOf(model: string): CircuitBreaker {
    const known = this.breakers.get(model);
    if (known) return known;
    const made = new CircuitBreaker();
    this.breakers.set(model, made);
    return made;
  }
}

/** The model is not called now, by what was met before: nothing is sent, and nothing counts as an attempt. */
export function leftAlone(fault: ToldByProvider, retryAfterMs: number, why?: string): MustWaitError {
  const isOverloaded = fault === 'overloaded';
  return new MustWaitError({
    reason: isOverloaded ? 'overloaded' : 'provider-unavailable',
    retryAfterMs,
    countsAsAttempt: false,
    message: why ?? (isOverloaded ? 'Claude is overloaded for now.' : 'Claude does not answer for now.'),
  });
}
