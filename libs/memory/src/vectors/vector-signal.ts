import type { RecallSignal } from '../recall-signals';
import type { NearItem } from './vector-index';

/** What vectors tell of a question's items: a part between 0 (the last of the nearest, and all beyond) and `weight`. */
export function vectorSignal(near: readonly NearItem[], weight: number): RecallSignal | undefined {
  const [best, last] = [near[0]?.similarity ?? 0, near.at(-1)?.similarity ?? 0];
  if (near.length === 0 || weight === 0) return undefined;
  const range = best - last;
  const parts = new Map(
    near.map(({ itemId, similarity }) => [itemId, range > 0 ? (similarity - last) / range : 1] as const),
  );
  return {
    name: 'vector',
    of: ['turn', 'fact'],
    how: 'added',
    part: (_, { id }) => weight * (parts.get(id) ?? 0),
    *candidates({ index }) {
      for (const [at, { id }] of index.items.entries()) if (parts.has(id)) yield at;
    },
  };
}
