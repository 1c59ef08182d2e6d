import { countByScript } from './count-tokens';
import { hasNewTokenizer } from './model-family';

interface Factors {
  readonly cjk: number;
  readonly other: number;
}

// Real tokens per counted token, measured on recorded traffic: the middle, and what all of it stayed below.
const TYPICAL: Record<'old' | 'new', Factors> = { old: { cjk: 1.02, other: 1.02 }, new: { cjk: 1.02, other: 1.31 } };
const AT_MOST: Record<'old' | 'new', Factors> = { old: { cjk: 1.15, other: 1.15 }, new: { cjk: 1.15, other: 1.7 } };

/** About how many tokens a text is for a model: for fitting texts into a budget. */
export function estimateTokens(text: string, model: string): number {
  return weigh(text, TYPICAL[tokenizerOf(model)]);
}

/** How many tokens a text is at most: for reservations. */
export function mostTokens(text: string, model: string): number {
  return weigh(text, AT_MOST[tokenizerOf(model)]);
}

function weigh(text: string, factors: Factors): number {
  const { cjk, other } = countByScript(text);
  return Math.ceil(cjk * factors.cjk + other * factors.other);
}

function tokenizerOf(model: string): 'old' | 'new' {
  return hasNewTokenizer(model) ? 'new' : 'old';
}
