const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/** Doubles with every failure; the second half of it is left to chance, so that those who failed together part. */
export function backoffMs(failedBefore: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failedBefore, 10));
  return Math.ceil(full / 2 + (random * full) / 2);
}

/** Never before the moment asked for, and not all at that moment. */
export function spreadMs(ms: number, random: number): number {
  return Math.ceil(ms + random * Math.min(1000, Math.max(100, ms / 10)));
}

/**
 * Overloads of a model in a row, over all questions: each question alone would see its first. Failures within one wait
 * count as one, since they were on their way together.
 */
export class FaultStreak {
  private readonly streaks = new Map<string, { length: number; countsFrom: number }>();

  /** How many came before this one. */
  next(model: string, nowMs: number): number {
    const { length, countsFrom } = this.streaks.get(model) ?? { length: 0, countsFrom: -Infinity };
    if (nowMs < countsFrom) return length - 1;
    this.streaks.set(model, { length: length + 1, countsFrom: nowMs + backoffMs(length, 0) });
    return length;
  }

  end(model: string): void {
    this.streaks.delete(model);
  }
}
