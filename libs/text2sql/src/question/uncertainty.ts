/** What can be measured of an answer whose SQL ran, and of how it came about. */
export interface UncertaintyFacts {
  /** By the words and tables of the question. */
  readonly isHard: boolean;
  readonly repairs: number;
  /** Texts that their column, all of whose values are known, does not hold. */
  readonly missingTexts: number;
  /**
   * How much better the best table fits than the best of those that found no room in the prompt, 0 to 1; undefined where
   * all tables stood in it.
   */
  readonly linkingMargin: number | undefined;
}

export type UncertaintySign = 'hard-question' | 'repaired' | 'missing-value' | 'tables-close';

/**
 * Below this a table that was left out fits nearly as well as the best. Over the 769 tables of Spider train, twelve shown, that is
 * 8 of 100 questions; in 30 of 100 of them a table of the gold is left out, in 7 of 100 of the others (measured on 1,481).
 */
export const LEAST_MARGIN = 0.2;

/** Why an answer is uncertain; none: it is not. */
export function uncertaintySigns(facts: UncertaintyFacts): UncertaintySign[] {
  const { isHard, repairs, missingTexts, linkingMargin } = facts;
  return [
    ...(isHard ? ['hard-question' as const] : []),
    ...(repairs > 0 ? ['repaired' as const] : []),
    ...(missingTexts > 0 ? ['missing-value' as const] : []),
    ...(linkingMargin !== undefined && linkingMargin < LEAST_MARGIN ? ['tables-close' as const] : []),
  ];
}
