const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** Doubles with every failure; the second half of it is left to chance, so that those who failed together part. */
export function backoffMs(failedBefore: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failedBefore, 10));
  return Math.ceil(full / 2 + (random * full) / 2);
}

/** Never before the moment asked for, and not all at that moment. */
export function spreadMs(ms: number, random: number): number {
  return Math.ceil(ms + random * Math.min(1000, Math.max(100, ms / 10)));
}
