import { readFileSync } from 'node:fs';
import { InputError } from '@memori/golds';
import type { EvaluationReport, Metric } from './report';

/** A metric that is worse than the earlier report's interval allows. */
export interface Regression {
  readonly metric: string;
  readonly before: Metric;
  readonly now: Metric;
}

/** Metrics of which less is better. */
const LESS_IS_BETTER: ReadonlySet<string> = new Set([
  'tokensShare',
  'falseAlarms',
  'misses',
  'falseHits',
  'wronglyRefused',
  'failed',
  'notRecorded',
  'costUsd',
  'inputTokens',
  'outputTokens',
]);
/** Says as much about the number of cases. */
const NOT_COMPARED = /Ms$|^totalCostUsd$/;

/**
 * What became worse than the earlier interval. Times are left out: they say as much about the machine as about the code,
 * and are compared as ratios in one run instead.
 */
export function regressionsOf(now: EvaluationReport, before: EvaluationReport): Regression[] {
  return Object.entries(now.metrics).flatMap(([metric, value]) => {
    const earlier = before.metrics[metric];
    if (!earlier || NOT_COMPARED.test(metric)) return [];
    const isWorse = LESS_IS_BETTER.has(metric) ? value.value > earlier.high : value.value < earlier.low;
    return isWorse ? [{ metric, before: earlier, now: value }] : [];
  });
}

/** The report in a file; one of another kind, or no report at all, is an InputError. */
export function readReport(file: string, kind: EvaluationReport['kind']): EvaluationReport {
  let report: Partial<EvaluationReport> | null;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Partial<EvaluationReport> | null;
  } catch (error) {
    throw new InputError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'it is not JSON'}.`);
  }
  if (report?.kind !== kind) throw new InputError(`${file} is no report of "evaluate ${kind}".`);
  if (typeof report.metrics !== 'object' || report.metrics === null) throw new InputError(`${file} holds no metrics.`);
  return report as EvaluationReport;
}
