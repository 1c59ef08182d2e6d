import type { ValueMatch } from '../values/value-match';

/** What a candidate found, as far as the choice between two goes by it. */
export interface Candidate {
  readonly foundRows: boolean;
  readonly values: ValueMatch;
}

/**
 * Which of two candidates that disagree is answered with. The second only where it alone found something, and that not by
 * looking for less: where the first looks for a text that is not stored, it has to look for one that is. Else the first, which
 * the stronger of the two models wrote, or the same one when it was not asked for another look.
 */
export function preferredOf(first: Candidate, second: Candidate): 'first' | 'second' {
  if (first.foundRows || !second.foundRows || second.values.missing > 0) return 'first';
  const asked = first.values.stored + first.values.missing;
  return second.values.stored >= asked ? 'second' : 'first';
}
