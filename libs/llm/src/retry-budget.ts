/** Of first attempts, what retries may come to. */
const SHARE = 0.1;
/** Retries a second that a process may always make: a tenth of no traffic would let a quiet one make none. */
const FLOOR_PER_SECOND = 1;
/** What may be saved up: a minute of the floor. */
const MOST = 60;

/**
 * Bounds the retries of one process to a tenth of its first attempts, beside a small floor, so that a provider in
 * trouble is not called more often because he is in trouble. A token bucket like Finagle's RetryBudget
 * (https://twitter.github.io/finagle/guide/Clients.html#retries) and gRPC's retry throttling
 * (https://github.com/grpc/proposal/blob/master/A6-client-retries.md#throttling-retry-attempts-and-hedged-rpcs).
 */
export class RetryBudget {
  private balance = MOST;
  private at?: number;

  noteFirstAttempt(nowMs: number): void {
    this.refill(nowMs);
    this.balance = Math.min(MOST, this.balance + SHARE);
  }

  /** Takes one retry, and answers undefined; or answers after how many milliseconds the floor gives one. */
  takeRetry(nowMs: number): number | undefined {
    this.refill(nowMs);
    if (this.balance < 1) return Math.ceil(((1 - this.balance) / FLOOR_PER_SECOND) * 1000);
    this.balance -= 1;
    return undefined;
  }

  private refill(nowMs: number): void {
    const elapsed = Math.max(0, nowMs - (this.at ?? nowMs));
    this.balance = Math.min(MOST, this.balance + (elapsed / 1000) * FLOOR_PER_SECOND);
    this.at = nowMs;
  }
}
