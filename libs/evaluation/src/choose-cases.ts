import { createHash } from 'node:crypto';

export interface CaseChoice {
  /** The first so many. */
  readonly limit?: number;
  /** So many, drawn by `seed`: the same cases each time, whatever else is in the file. */
  readonly sample?: number;
  readonly seed?: number;
}

/** The cases that are to be measured, in their own order. */
export function chooseCases<T extends { readonly id: string }>(cases: readonly T[], choice: CaseChoice): T[] {
  const limited = choice.limit === undefined ? [...cases] : cases.slice(0, choice.limit);
  if (choice.sample === undefined || choice.sample >= limited.length) return limited;
  const drawn = limited
    .map((each, place) => ({ each, place, key: rankOf(each.id, choice.seed ?? 1) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.place - b.place))
    .slice(0, choice.sample);
  return drawn.sort((a, b) => a.place - b.place).map(({ each }) => each);
}

function rankOf(id: string, seed: number): string {
  return createHash('sha1').update(`${seed}:${id}`).digest('hex');
}
