import { share } from '../intervals';
import type { EvaluationItem, Findings, Metric, SkippedCase } from '../report';

/** One turn of a dialogue: whether its prompt held what it must, as the conversation went and out of the blue. */
export interface JudgedTurn extends EvaluationItem {
  readonly ok: boolean;
  readonly okWithout: boolean;
  /** 1 for the first of its dialogue. */
  readonly turn: number;
  readonly language?: string;
}

export function followupFindings(items: readonly JudgedTurn[], skipped: readonly SkippedCase[]): Findings {
  const later = items.filter(({ turn }) => turn > 1);
  const [held, heldWithout] = shares(items);
  const [laterHeld, laterHeldWithout] = shares(later);
  return {
    n: items.length,
    skipped,
    metrics: {
      held,
      heldWithout,
      gain: ratio(held, heldWithout),
      followUpsHeld: laterHeld,
      followUpsHeldWithout: laterHeldWithout,
      ...byLanguage(items),
    },
    items,
  };
}

function shares(items: readonly JudgedTurn[]): [Metric, Metric] {
  return [
    share(items.filter(({ ok }) => ok).length, items.length),
    share(items.filter(({ okWithout }) => okWithout).length, items.length),
  ];
}

function byLanguage(items: readonly JudgedTurn[]): Record<string, Metric> {
  const languages = [...new Set(items.flatMap(({ language }) => language ?? []))].sort();
  return Object.fromEntries(
    languages.map((name) => [`held ${name}`, shares(items.filter(({ language }) => language === name))[0]]),
  );
}

/** How many times as often; its bounds are those of the two shares apart, so it lies between them with more than 95 %. */
function ratio(a: Metric, b: Metric): Metric {
  const over = (x: number, y: number) => (y === 0 ? 0 : x / y);
  return { value: over(a.value, b.value), low: over(a.low, b.high), high: over(a.high, b.low) };
}
