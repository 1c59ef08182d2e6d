const BUCKETS = 128;
const LOWEST = 0.25;
const HIGHEST = 4;
const STEP = Math.log(HIGHEST / LOWEST) / BUCKETS;

/** The bucket that a ratio falls into; what lies beyond the ends falls into the last one there. */
export function bucketOf(ratio: number): number {
  const bucket = Math.floor(Math.log(Math.max(ratio, LOWEST) / LOWEST) / STEP);
  return Math.min(BUCKETS - 1, bucket);
}

/** A histogram of ratios in fixed, logarithmic steps of 2.2 %: sketches of any number of processes add up. */
export class RatioSketch {
  private readonly counts = new Map<number, number>();
  private total = 0;

  get samples(): number {
    return this.total;
  }

  add(bucket: number, samples = 1): void {
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + samples);
    this.total += samples;
  }

  /** A ratio that at least `share` of the samples do not exceed: the upper edge of its bucket. */
  quantile(share: number): number {
    let left = Math.ceil(this.total * share);
    for (const [bucket, samples] of [...this.counts].sort(([a], [b]) => a - b)) {
      left -= samples;
      if (left <= 0) return LOWEST * Math.exp(STEP * (bucket + 1));
    }
    return HIGHEST;
  }
}
