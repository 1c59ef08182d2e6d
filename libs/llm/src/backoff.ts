const FIRST_MS = 1500;
const LONGEST_MS = 30_000;

/**
 * Full jitter: anywhere between now and a ceiling that doubles with every failure, so that those who failed together
 * part. `random(0, min(cap, base · 2^attempt))`, which of the variants compared there does the work with the fewest calls:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(failedBefore: number, random: number): number {
  return Math.ceil(random * ceilingMs(failedBefore));
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
    this.streaks.set(model, { length: length + 1, countsFrom: nowMs + ceilingMs(length) / 2 });
    return length;
  }

  end(model: string): void {
    this.streaks.delete(model);
  }
}

function ceilingMs(failedBefore: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failedBefore, 10));
}
