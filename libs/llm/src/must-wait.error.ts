import type { Denial } from '@memori/concurrency';
import { DomainError, type ErrorCode } from '@memori/errors';

export type WaitReason =
  'no-slot' | 'rate-limited' | 'overloaded' | 'provider-unavailable' | 'lease-lost' | 'shutting-down';

export interface WaitFacts {
  readonly retryAfterMs: number;
  readonly reason: WaitReason;
  /** True: something failed, and MEMORI_MAX_ATTEMPTS bounds how often. False: it was only not his turn yet. */
  readonly countsAsAttempt: boolean;
  /** For `no-slot`: why there was none. */
  readonly denied?: Denial;
  /** What happened, for people. Never a text of the provider. */
  readonly message: string;
  readonly cause?: unknown;
}

const CODES: Record<WaitReason, ErrorCode> = {
  'no-slot': 'queue-timeout',
  'rate-limited': 'provider-rate-limited',
  overloaded: 'provider-overloaded',
  'provider-unavailable': 'provider-unavailable',
  'lease-lost': 'provider-unavailable',
  'shutting-down': 'shutting-down',
};

/** The attempt may succeed later: the question goes back to the line for `retryAfterMs`. */
export class MustWaitError extends Error {
  readonly retryAfterMs: number;
  readonly reason: WaitReason;
  readonly countsAsAttempt: boolean;
  readonly denied?: WaitFacts['denied'];

  constructor(facts: WaitFacts) {
    super(facts.message, { cause: facts.cause });
    this.name = 'MustWaitError';
    this.retryAfterMs = Math.ceil(facts.retryAfterMs);
    this.reason = facts.reason;
    this.countsAsAttempt = facts.countsAsAttempt;
    if (facts.denied) this.denied = facts.denied;
  }

  /** What the asker is told when there is no more waiting. */
  asFailure(): DomainError {
    const { retryAfterMs } = this;
    const kind = this.reason === 'rate-limited' ? 'limit' : 'unavailable';
    const facts = {
      limitSource: this.reason === 'rate-limited' ? 'provider' : undefined,
      retryable: true,
      retryAfterMs,
    };
    return new DomainError(kind, CODES[this.reason], this.message, facts, { cause: this });
  }
}
