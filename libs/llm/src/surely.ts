import { setTimeout as pause } from 'node:timers/promises';

const PAUSES_MS = [50, 250, 1000];

/** Tries again a few times: for what must be written, may be written twice, and fails when a connection is cut. */
export async function surely<T>(work: () => Promise<T>, wait: (ms: number) => Promise<unknown> = pause): Promise<T> {
  for (const ms of PAUSES_MS) {
    try {
      return await work();
    } catch {
      await wait(ms);
    }
  }
  return work();
}
