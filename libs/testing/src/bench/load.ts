import { mean, percentile } from './percentiles';

export interface LoadPlan {
  readonly clients: number;
  /** The run ends when this many calls were made or the time is over, whichever comes first. */
  readonly calls: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly clients: number;
  readonly calls: number;
  readonly failed: number;
  /** What the first of them said. */
  readonly firstFailure?: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly meanMs: number;
  readonly perSecond: number;
}

/** Clients that each call again as soon as their last call ended. A failed call throws; its time does not count. */
export async function runLoad(plan: LoadPlan, call: (client: number) => Promise<void>): Promise<LoadResult> {
  const times: number[] = [];
  let [started, failed] = [0, 0];
  let firstFailure: string | undefined;
  const begin = performance.now();
  const client = async (number: number) => {
    while (started < plan.calls && performance.now() - begin < plan.seconds * 1000) {
      started++;
      const at = performance.now();
      await call(number).then(
        () => times.push(performance.now() - at),
        (error: Error) => {
          failed++;
          firstFailure ??= error.message;
        },
      );
    }
  };
  await Promise.all(Array.from({ length: plan.clients }, (_, number) => client(number)));
  const seconds = (performance.now() - begin) / 1000;
  return {
    clients: plan.clients,
    calls: times.length,
    failed,
    ...(firstFailure !== undefined && { firstFailure }),
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    p99Ms: percentile(times, 0.99),
    meanMs: mean(times),
    perSecond: times.length / seconds,
  };
}
