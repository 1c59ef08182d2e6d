import type { ValueMatch } from '../values/value-match';

export type Confidence = 'high' | 'medium' | 'low';

/** What can be measured of an answer that a model wrote. */
export interface ConfidenceFacts {
  /** Rounds before this one that were refused, failed, were too dear or found nothing by a value that is spelt otherwise. */
  readonly repairs: number;
  /** How the texts that the SQL looks for stand to the stored values. */
  readonly values: ValueMatch;
  /** Whether anything came out; undefined where it was not run. */
  readonly foundRows: boolean | undefined;
  /** What a second candidate gave; undefined where none was asked for, or none could be had. */
  readonly secondCandidate?: 'agreed' | 'disagreed';
}

const STEPS: readonly Confidence[] = ['low', 'medium', 'high'];
const FIRST_TRY = 1;

/**
 * Steps from `medium`, where an answer at the first try begins: one down for each repair and for texts that their column does
 * not hold; one up where every text is stored and rows came out, and where a second candidate gave the same rows. With
 * a second candidate that gave others it is `low` whatever else there is. Verified queries are `high` and not judged here.
 */
export function confidenceOf({ repairs, values, foundRows, secondCandidate }: ConfidenceFacts): Confidence {
  if (secondCandidate === 'disagreed') return 'low';
  const isMatched = values.stored > 0 && values.missing === 0 && foundRows === true;
  const step =
    FIRST_TRY - repairs - (values.missing > 0 ? 1 : 0) + (isMatched ? 1 : 0) + (secondCandidate === 'agreed' ? 1 : 0);
  return STEPS[Math.max(0, Math.min(step, STEPS.length - 1))] as Confidence;
}
