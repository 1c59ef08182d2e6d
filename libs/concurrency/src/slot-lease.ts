import { LeaseLostError } from './lease-lost.error';

/** What a lease does to the store. `renew` answers false when the lease is no longer the holder's. */
export interface LeaseStore {
  renew(fence: bigint): Promise<boolean>;
  free(fence: bigint): Promise<void>;
}

export interface Grant {
  readonly fence: bigint;
  readonly leaseMs: number;
  /** Local monotonic time when the request for it was sent: the store's lease began later, so it also ends later. */
  readonly sentAt: number;
}

/**
 * One slot, kept by renewing at a third of its lease. `signal` aborts before the lease ends when it could not be renewed,
 * measured from the moment at which the last successful renewal was sent: no clock of two machines is compared.
 */
export class SlotLease {
  readonly fence: bigint;
  private readonly controller = new AbortController();
  private readonly leaseMs: number;
  private renewTimer?: NodeJS.Timeout;
  private endTimer?: NodeJS.Timeout;
  private isOver = false;

  constructor(
    grant: Grant,
    private readonly store: LeaseStore,
  ) {
    this.fence = grant.fence;
    this.leaseMs = grant.leaseMs;
    this.keepUntil(grant.sentAt);
    this.renewIn(this.leaseMs / 3);
  }

  /** Aborts with a LeaseLostError when the slot is no longer held. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Gives the slot back. Never throws: a slot that cannot be given back expires by itself. */
  async release(): Promise<void> {
    if (this.isOver) return;
    this.end();
    await this.store.free(this.fence);
  }

  /** The same without waiting for the store: `Slots.settled` tells when it is done. */
  letGo(): void {
    void this.release();
  }

  private keepUntil(sentAt: number): void {
    clearTimeout(this.endTimer);
    const margin = Math.min(2000, this.leaseMs / 5);
    const left = sentAt + this.leaseMs - margin - performance.now();
    this.endTimer = setTimeout(() => void this.lose(), Math.max(0, left)).unref();
  }

  private renewIn(ms: number): void {
    this.renewTimer = setTimeout(() => void this.renew(), ms).unref();
  }

  private async renew(): Promise<void> {
    const sentAt = performance.now();
    const answer = await this.store.renew(this.fence).then(
      (isKept) => (isKept ? 'kept' : 'gone'),
      () => 'unknown' as const,
    );
    if (this.isOver) return;
    if (answer === 'gone') return this.lose();
    if (answer === 'kept') this.keepUntil(sentAt);
    // Out of reach: once more, sooner, until the lease is too old to trust.
    this.renewIn(answer === 'kept' ? this.leaseMs / 3 : this.leaseMs / 12);
  }

  private async lose(): Promise<void> {
    if (this.isOver) return;
    this.end();
    this.controller.abort(new LeaseLostError(this.fence));
    // Should the row still be there (the store was slow, not gone), it need not block others until it expires.
    await this.store.free(this.fence);
  }

  private end(): void {
    this.isOver = true;
    clearTimeout(this.renewTimer);
    clearTimeout(this.endTimer);
  }
}
