import type { UserScope } from '@memori/scope';
import type { TokenUsage } from './token-usage';

/** Who a call is charged to, and what it was for. */
export interface CallScope extends UserScope {
  readonly sessionId?: string;
  readonly dataSourceId?: string;
}

/** The most that one call may come to. */
export interface Reservation {
  readonly model: string;
  /** Upper bound by kind: what the provider could bill at most. */
  readonly atMost: TokenUsage;
  readonly purpose: string;
  readonly questionId?: string;
  /** Fence of the slot in which the call runs. */
  readonly fence?: bigint;
  /** Sent in a message batch: charged by the batch factor of the price table. */
  readonly batch?: boolean;
  /** Chosen by the caller who must know it even when the answer is lost. */
  readonly attemptId?: string;
  /** The request goes out as soon as this is committed: the attempt is written as sent. */
  readonly isSentAtOnce?: boolean;
}

/** An amount kept aside for one attempt, until it is settled, released or expires. */
export interface Hold {
  readonly attemptId: string;
  readonly model: string;
  readonly priceVersion: string;
  readonly atMost: TokenUsage;
  readonly tokens: number;
  readonly nanoUsd: bigint;
  readonly batch?: boolean;
}

/** What settling needs of a hold. Without a price version the prices of now count. */
export type SettledHold = Pick<Hold, 'attemptId' | 'model'> & Partial<Pick<Hold, 'priceVersion' | 'batch'>>;

/** Why a charge may go beyond what was reserved, or was not told by the provider. */
export type ChargeReason = 'late_settle' | 'estimate_exceeded' | 'limit_lowered' | 'unknown_usage';

export interface SettleDetails {
  /** How the attempt ended, for its row: `answered`, `timeout` … */
  readonly outcome: string;
  readonly providerRequestId?: string;
  readonly reasons?: readonly ChargeReason[];
}

export interface Settlement {
  readonly costNanoUsd: bigint;
  /** `already`: this hold was settled before; nothing was charged now. */
  readonly result: 'settled' | 'late' | 'already' | 'skipped';
  readonly reasons: readonly ChargeReason[];
}
