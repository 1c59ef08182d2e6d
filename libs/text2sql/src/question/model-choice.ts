import type { Env } from '@memori/config';
import type { BudgetLine } from '@memori/llm';

/** The configured models: the one that is asked first, a cheaper one, a stronger one. */
export interface Models {
  readonly first: string;
  readonly fast: string;
  readonly strong: string;
}

/** What a model is chosen by. */
export interface ChoiceFacts {
  /** Asked for by the caller, and then never changed. */
  readonly pinned: string | undefined;
  readonly isHard: boolean;
  /** Rounds whose SQL was refused or failed, and how many may be repaired. */
  readonly failedRounds: number;
  readonly repairRounds: number;
  /** Replies that were none: cut off, broken, of another structure. */
  readonly invalidReplies: number;
  /** A limit of which little is left, like `user/day`. */
  readonly lowBudget: string | undefined;
}

export type ChoiceReason = 'pinned' | 'first' | 'hard-question' | 'climbed' | 'budget-low';

export interface ModelChoice {
  readonly model: string;
  readonly reason: ChoiceReason;
  /** Asked in its place when it is overloaded. */
  readonly fallback?: string;
  /** With `budget-low`, where that changed the model: the limit. */
  readonly lowBudget?: string;
}

export function modelsOf(env: Env): Models {
  const { MEMORI_CLAUDE_MODEL: first, MEMORI_CLAUDE_FAST_MODEL: fast, MEMORI_CLAUDE_STRONG_MODEL: strong } = env;
  return { first, fast, strong };
}

/**
 * Cheap first, and dearer only with a reason. A low budget outweighs every other reason; the last repair that is left
 * goes to the stronger model, as does whatever follows a reply that was none.
 */
export function chooseModel(facts: ChoiceFacts, { first, fast, strong }: Models): ModelChoice {
  const { pinned, isHard, failedRounds, repairRounds, invalidReplies, lowBudget } = facts;
  if (pinned !== undefined) return { model: pinned, reason: 'pinned' };
  if (lowBudget !== undefined) return { model: fast, reason: 'budget-low', ...(fast !== first && { lowBudget }) };
  const isLastRepair = failedRounds > 0 && failedRounds >= repairRounds;
  if (invalidReplies > 0 || isLastRepair) return { model: strong, reason: 'climbed', ...fallback(strong, first) };
  if (isHard) return { model: strong, reason: 'hard-question', ...fallback(strong, first) };
  return { model: first, reason: 'first', ...fallback(first, strong) };
}

/** Whether a stronger model may be asked after a reply that was none: once, and only where one is left. */
export function mayClimb({ reason, model }: ModelChoice, { strong }: Models): boolean {
  return (reason === 'first' || reason === 'hard-question') && model !== strong;
}

/** Who is asked for a second candidate: one model cheaper; the same one where it is pinned or the cheapest. */
export function secondModel({ reason, model }: ModelChoice, { first, fast, strong }: Models): string {
  if (reason === 'pinned') return model;
  return model === strong && strong !== first ? first : fast;
}

/** The first limit of which less is left than the alert threshold allows; without a threshold none is low. */
export function lowLine(lines: readonly BudgetLine[], alertThreshold: number): BudgetLine | undefined {
  if (alertThreshold === 0) return undefined;
  return lines.find(({ remaining, limit }) => remaining < limit * (1 - alertThreshold));
}

function fallback(model: string, other: string): Pick<ModelChoice, 'fallback'> {
  return other === model ? {} : { fallback: other };
}
