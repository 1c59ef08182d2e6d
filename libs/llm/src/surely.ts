import { setTimeout as wait } from 'node:timers/promises';

const PAUSES_MS = [50, 250, 1000];

/** Tries again a few times: for what must be written, may be written twice, and fails when a connection is cut. */
export async function surely<T>(work: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await work();
    } catch {
      await wait(pause);
    }
  }
  return work();
}
