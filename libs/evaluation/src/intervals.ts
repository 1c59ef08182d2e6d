import { seededRandom } from '@memori/golds';
import type { Metric } from './report';

/** Of the normal distribution, for 95 %. */
const Z = 1.959964;
const RESAMPLES = 300;

/** A share of `n` cases with its Wilson score interval (Wilson, Probable inference, 1927). No case: 0, of which nothing is known. */
export function share(hits: number, n: number): Metric {
  if (n === 0) return { value: 0, low: 0, high: 1 };
  const p = hits / n;
  const denominator = 1 + Z ** 2 / n;
  const centre = (p + Z ** 2 / (2 * n)) / denominator;
  const half = (Z * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2))) / denominator;
  return { value: p, low: hits === 0 ? 0 : centre - half, high: hits === n ? 1 : centre + half };
}

/** The same as a number of cases. */
export function count(hits: number, n: number): Metric {
  const { low, high } = share(hits, n);
  return n === 0 ? { value: 0, low: 0, high: 0 } : { value: hits, low: low * n, high: high * n };
}

export function meanOf(values: readonly number[]): Metric {
  return bootstrapped(values, (sample) => sample.reduce((sum, value) => sum + value, 0) / sample.length);
}

/** The value that `part` (0 to 1) of the values stay at or below. */
export function percentile(values: readonly number[], part: number): Metric {
  return bootstrapped(values, (sample) => {
    const sorted = Float64Array.from(sample).sort();
    return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] as number;
  });
}

/** Percentile bootstrap (Efron, 1979) with a fixed seed: the same values give the same interval. */
function bootstrapped(values: readonly number[], statistic: (sample: readonly number[]) => number): Metric {
  if (values.length === 0) return { value: 0, low: 0, high: 0 };
  const random = seededRandom(values.length);
  const draws = Array.from({ length: RESAMPLES }, () =>
    statistic(values.map(() => values[Math.floor(random() * values.length)] as number)),
  ).sort((a, b) => a - b);
  const at = (part: number) => draws[Math.round(part * (RESAMPLES - 1))] as number;
  return { value: statistic([...values]), low: at(0.025), high: at(0.975) };
}
