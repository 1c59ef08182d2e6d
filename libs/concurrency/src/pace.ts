import type { PauseReason } from './slot-key';

/** One of the provider's token buckets as a reply's headers show it. */
export interface RateWindow {
  readonly limit: number;
  readonly remaining: number;
  /** When it is full again, by this process's clock. */
  readonly resetsAt: Date;
}

export const WINDOW_KINDS = ['requests', 'inputTokens', 'outputTokens', 'tokens'] as const;
export type RateWindows = { readonly [kind in (typeof WINDOW_KINDS)[number]]?: RateWindow };

/** What one call met at the provider. */
export interface PaceObservation {
  readonly kind: 'ok' | 'rate-limited' | 'overloaded';
  /** How long the provider asks everybody to wait. */
  readonly retryAfterMs?: number;
  readonly limits?: RateWindows;
}

/** A bucket in terms that hold by any clock: what is in it, and how fast it fills. */
export interface PaceBucket {
  readonly kind: keyof RateWindows;
  readonly limit: number;
  readonly remaining: number;
  /** Flows in, per millisecond. */
  readonly perMs: number;
}

/** Several observations of one process, merged. */
export interface PaceReport {
  readonly rateKey: string;
  readonly oks: number;
  readonly faults: number;
  readonly pauseMs: number;
  /** Of the pause, where there is one. */
  readonly pauseReason?: PauseReason;
  /** Calls in flight where there is no limit of the pace's own. */
  readonly most: number;
  readonly buckets: readonly PaceBucket[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Above this share of every bucket no limit is near, and nobody need be told of it. */
const NEAR = 0.5;

/**
 * Buckets fill continuously: the rate is what is missing by the time until nothing is. A moment that lies in the past, or
 * a second that was rounded, says nothing; then a minute for the whole is as usual.
 */
export function bucketsOf(limits: RateWindows, now: Date): PaceBucket[] {
  return WINDOW_KINDS.flatMap((kind) => {
    const window = limits[kind];
    if (!window || !(window.limit > 0) || !Number.isFinite(window.remaining)) return [];
    const remaining = Math.min(Math.max(0, window.remaining), window.limit);
    return [{ kind, limit: window.limit, remaining, perMs: perMsOf({ ...window, remaining }, now) }];
  });
}

function perMsOf({ limit, remaining, resetsAt }: RateWindow, now: Date): number {
  const usual = limit / MINUTE_MS;
  const fullInMs = resetsAt.getTime() - now.getTime();
  if (remaining >= limit || !(fullInMs > 1000)) return usual;
  return Math.max((limit - remaining) / fullInMs, limit / DAY_MS);
}

/** Whether one of them is so empty that others should know. */
export function isNear(buckets: readonly PaceBucket[]): boolean {
  return buckets.some(({ remaining, limit }) => remaining < limit * NEAR);
}

/** What two observations say together: the later buckets count, and the longer pause. */
export function merge(before: PaceReport | undefined, next: PaceReport): PaceReport {
  if (!before) return next;
  const longest = before.pauseMs > next.pauseMs ? before : next;
  const kept = before.buckets.filter(({ kind }) => !next.buckets.some((bucket) => bucket.kind === kind));
  return {
    ...next,
    oks: before.oks + next.oks,
    faults: before.faults + next.faults,
    pauseMs: longest.pauseMs,
    pauseReason: longest.pauseReason,
    buckets: [...kept, ...next.buckets],
  };
}
