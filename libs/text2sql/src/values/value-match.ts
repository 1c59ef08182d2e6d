import type { TextFilter } from '../guard/text-filters';
import { columnNumbers, isStored, keyOf } from './unknown-literals';
import type { ValueIndex } from './value-index';

/** How the texts that a statement looks for stand to what is known to be stored. */
export interface ValueMatch {
  /** Texts that the column they are compared with holds. */
  readonly stored: number;
  /** Texts that it does not hold, where all that it holds is known. Of other columns nobody can tell. */
  readonly missing: number;
}

export const NO_TEXTS: ValueMatch = { stored: 0, missing: 0 };

/** What a statement leaves out (<>, NOT IN, NOT LIKE) says nothing about whether its values are the right ones. */
export function valueMatch(index: ValueIndex, filters: readonly TextFilter[]): ValueMatch {
  let { stored, missing } = NO_TEXTS;
  for (const filter of filters.filter(({ isNegated }) => !isNegated)) {
    const numbers = columnNumbers(index, filter);
    // The index holds nothing of values without a letter or digit, such as an empty text.
    if (numbers.length === 0 || keyOf(filter.text) === '') continue;
    if (isStored(index, numbers, filter)) stored++;
    else if (numbers.every((number) => index.columns[number]?.isComplete)) missing++;
  }
  return { stored, missing };
}
