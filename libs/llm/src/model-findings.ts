import type { Env } from '@memori/config';
import type { PriceTable } from '@memori/budget';

/** Something about a configured model that the start reports. */
export interface ModelFinding {
  readonly severity: 'error' | 'warning';
  readonly variable: string;
  readonly message: string;
}

const WARN_DAYS = 30;
const DAY_MS = 86_400_000;

/** Configured models that have no price, are past their end, or soon will be. */
export function modelFindings(env: Env, prices: PriceTable, now: Date): ModelFinding[] {
  const variables = ['MEMORI_CLAUDE_MODEL', 'MEMORI_CLAUDE_FAST_MODEL', 'MEMORI_CLAUDE_STRONG_MODEL'] as const;
  return variables.flatMap((variable) => findingOf(variable, env[variable], prices, now) ?? []);
}

function findingOf(variable: string, model: string, prices: PriceTable, now: Date): ModelFinding | undefined {
  const price = prices.find(model);
  if (!price) return { severity: 'error', variable, message: unknown(variable, model, prices) };
  if (!price.callableUntil) return undefined;
  const left = Date.parse(price.callableUntil) + DAY_MS - now.getTime();
  const until = `${variable} is ${model}, which can be called until ${price.callableUntil}`;
  if (left <= 0) return { severity: 'error', variable, message: `${until}: that day is past. Choose another model.` };
  if (left > WARN_DAYS * DAY_MS) return undefined;
  return { severity: 'warning', variable, message: `${until}. Choose another model before that day.` };
}

function unknown(variable: string, model: string, prices: PriceTable): string {
  return `${variable} is "${model}", which has no price. Choose one of: ${prices.modelIds.join(', ')}.`;
}
