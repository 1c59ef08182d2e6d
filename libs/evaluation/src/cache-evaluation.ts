import { InputError, type InputRecord } from '@memori/golds';
import { questionForm } from '@memori/text2sql';
import { count, share } from './intervals';
import type { Findings } from './report';

/** Two questions over one database; `same`: one stored answer serves both. */
export interface PairCase {
  readonly id: string;
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
}

/** Records `{ a, b, label }` with label 1 or 0. */
export function pairCases(records: readonly InputRecord[]): PairCase[] {
  return records.map(({ fields, place }) => {
    const { a, b, label } = fields;
    if (typeof a !== 'string' || typeof b !== 'string')
      throw new InputError(`${place}: "a" and "b" are to be questions.`);
    if (![0, 1, '0', '1'].includes(label as never)) throw new InputError(`${place}: "label" is 1 (the same) or 0.`);
    return { id: place, a, b, same: Number(label) === 1 };
  });
}

/** Which pairs the cache of answers would serve from one another: rightly (hits) and wrongly (false hits). */
export function evaluateCache(cases: readonly PairCase[]): Findings {
  const items = cases.map(({ id, a, b, same }) => {
    const served = questionForm(a) === questionForm(b);
    return { id, ok: !(served && !same), served, same, a, b };
  });
  const alike = items.filter(({ same }) => same);
  const others = items.filter(({ same }) => !same);
  const hits = alike.filter(({ served }) => served).length;
  return {
    n: items.length,
    skipped: [],
    metrics: {
      hits: count(hits, alike.length),
      falseHits: count(others.filter(({ served }) => served).length, others.length),
      hitRate: share(hits, alike.length),
    },
    items,
  };
}
