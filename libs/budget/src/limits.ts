import type { Env } from '@memori/config';
import { nanoFromUsd } from './money';

/** One limit of a scope, in tokens, money or both, as the SQL functions read it. */
export interface Limit {
  readonly scope: 'user' | 'session' | 'tenant' | 'data-source' | 'global';
  readonly period: 'day' | 'month' | 'total';
  readonly tokens?: number;
  /** As text: JSON numbers are doubles. */
  readonly nanoUsd?: string;
}

/** The limits that the configuration sets for every call. */
export function configuredLimits(env: Env): Limit[] {
  const limits: Limit[] = [{ scope: 'user', period: 'day', tokens: env.MEMORI_DAILY_TOKEN_LIMIT }];
  if (env.MEMORI_MONTHLY_BUDGET_USD !== undefined)
    limits.push({ scope: 'global', period: 'month', nanoUsd: String(nanoFromUsd(env.MEMORI_MONTHLY_BUDGET_USD)) });
  return limits;
}
