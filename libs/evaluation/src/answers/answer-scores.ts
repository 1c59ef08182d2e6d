import { meanOf, percentile, share } from '../intervals';
import type { EvaluationItem, Findings, Metric, SkippedCase } from '../report';

/** A question that was asked, judged. */
export interface JudgedAnswer extends EvaluationItem {
  /** Strictly right; a question that cannot be answered: refused, or asked back. */
  readonly ok: boolean;
  readonly relaxed: boolean;
  readonly answerable: boolean;
  readonly difficulty?: string;
  readonly status: string;
  /** Why it is not right. */
  readonly fault?: string;
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly ms: number;
}

export const NOT_RECORDED = 'not recorded';

export function answerFindings(items: readonly JudgedAnswer[], skipped: readonly SkippedCase[]): Findings {
  const refusals = items.filter(({ answerable }) => !answerable);
  const answerable = items.filter((item) => item.answerable);
  const part = (all: readonly JudgedAnswer[], is: (item: JudgedAnswer) => boolean) =>
    share(all.filter(is).length, all.length);
  const times = items.map(({ ms }) => ms);
  return {
    n: items.length,
    skipped,
    metrics: {
      strict: part(items, ({ ok }) => ok),
      relaxed: part(items, ({ relaxed }) => relaxed),
      ...byDifficulty(items),
      ...(refusals.length > 0 && { refused: part(refusals, ({ ok }) => ok) }),
      wronglyRefused: part(answerable, isDeclined),
      failed: part(items, ({ status }) => status === 'failed'),
      notRecorded: part(items, ({ fault }) => fault === NOT_RECORDED),
      costUsd: meanOf(items.map(({ costUsd }) => costUsd)),
      totalCostUsd: exact(items.reduce((sum, { costUsd }) => sum + costUsd, 0)),
      inputTokens: meanOf(items.map(({ inputTokens }) => inputTokens)),
      outputTokens: meanOf(items.map(({ outputTokens }) => outputTokens)),
      p50Ms: percentile(times, 0.5),
      p95Ms: percentile(times, 0.95),
    },
    items,
  };
}

/** Of requests that were only written down nothing is right or wrong; what they would cost to send is an estimate. */
export function promptFindings(items: readonly JudgedAnswer[], skipped: readonly SkippedCase[]): Findings {
  const { metrics, ...findings } = answerFindings(items, skipped);
  const unknown = share(0, 0);
  const { costUsd, totalCostUsd, inputTokens, p50Ms, p95Ms } = metrics as Record<string, Metric>;
  const known = Object.entries({ costUsd, totalCostUsd, inputTokens, p50Ms, p95Ms }) as [string, Metric][];
  return { ...findings, metrics: { strict: unknown, relaxed: unknown, ...Object.fromEntries(known) } };
}

export function isDeclined({ status }: { readonly status: string }): boolean {
  return status === 'refused' || status === 'clarification';
}

function byDifficulty(items: readonly JudgedAnswer[]): Record<string, Metric> {
  const names = [...new Set(items.flatMap(({ difficulty }) => difficulty ?? []))].sort();
  return Object.fromEntries(
    names.flatMap((name) => {
      const some = items.filter(({ difficulty }) => difficulty === name);
      return [
        [`strict ${name}`, share(some.filter(({ ok }) => ok).length, some.length)],
        [`relaxed ${name}`, share(some.filter(({ relaxed }) => relaxed).length, some.length)],
      ];
    }),
  );
}

function exact(value: number): Metric {
  return { value, low: value, high: value };
}
