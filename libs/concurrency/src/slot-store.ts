import type { PaceReport } from './pace';
import type { Denial, PauseReason } from './slot-key';

/** One wish for a slot, with the limits as this process knows them. */
export interface SlotAsk {
  readonly tenantId: string;
  readonly userId: string;
  readonly rateKey?: string;
  /** Known to the holder alone: nobody else can renew or free the lease. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly most: number;
  readonly mostPerUser: number;
  readonly isBackground: boolean;
  readonly mostBackground: number;
  readonly mostBackgroundPerUser: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface SlotAnswer {
  /** Of the lease that was granted. */
  readonly fence?: string;
  readonly denied?: Denial;
  /** With `paused`. */
  readonly because?: PauseReason;
  readonly waitMs?: number;
  /** Leases that live now. */
  readonly inUse?: number;
  readonly epoch?: string;
  /** Calls under this rate key are held back at the moment, so that their success is worth reporting. */
  readonly isPaced?: boolean;
}

/** Notified, in one word, whenever a slot was given back that somebody may wait for. */
export const SLOT_FREE_CHANNEL = 'memori_slot_free';

/**
 * Where the leases are: PostgreSQL or Redis. Decides by its own clock alone, one wish after the other, so that live leases
 * are never more than the limit. Fences rise from grant to grant, whatever the store forgets. What it answers to nobody
 * (a cut connection) costs a slot for one lease length at most.
 */
export abstract class SlotStore {
  /** At start: the wait after a loss of the store begins now and not at the first call. */
  abstract open(leaseMs: number): Promise<void>;

  abstract acquire(ask: SlotAsk): Promise<SlotAnswer>;

  /** False: the lease is over, or of an older epoch. Whoever hears that stops what he does. */
  abstract renew(fence: bigint, holder: string, leaseMs: number): Promise<boolean>;

  /** False: it was not his, or not any more. */
  abstract release(fence: bigint, holder: string): Promise<boolean>;

  /** Nobody gets a slot for `rateKey` before `ms` have passed. A pause is only ever lengthened: the reason is that of the longest. */
  abstract pause(rateKey: string, ms: number, reason: PauseReason): Promise<void>;

  abstract report(reports: readonly PaceReport[]): Promise<void>;

  /** Calls `listener` when a slot was freed, in whichever process; also when such a notice may have been missed. */
  abstract onFreed(listener: () => void): () => void;
}
