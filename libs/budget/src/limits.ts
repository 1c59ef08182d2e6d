import type { Env } from '@memori/config';
import { nanoFromUsd } from './money';

export const LIMIT_SCOPES = ['user', 'session', 'tenant', 'data-source', 'global'] as const;
export const LIMIT_WINDOWS = ['day', 'month', 'total'] as const;

export type LimitScope = (typeof LIMIT_SCOPES)[number];
export type LimitWindow = (typeof LIMIT_WINDOWS)[number];

/** One limit of the configuration, as the SQL functions read it. */
export interface ConfiguredLimit {
  readonly scope: LimitScope;
  readonly period: LimitWindow;
  readonly tokens?: number;
  /** As text: JSON numbers are doubles. */
  readonly nanoUsd?: string;
}

/** The limits that the configuration sets for every call. An administrator's limit for the same scope overrides them. */
export function configuredLimits(env: Env): ConfiguredLimit[] {
  const limits: ConfiguredLimit[] = [{ scope: 'user', period: 'day', tokens: env.MEMORI_DAILY_TOKEN_LIMIT }];
  if (env.MEMORI_MONTHLY_BUDGET_USD !== undefined)
    limits.push({ scope: 'global', period: 'month', nanoUsd: String(nanoFromUsd(env.MEMORI_MONTHLY_BUDGET_USD)) });
  return limits;
}

/** What every ledger function needs to know of the installation: the zone of its windows, and where alerts begin. */
export function installationFacts(env: Env) {
  return { timeZone: env.MEMORI_DEFAULT_TIMEZONE, alertAt: env.MEMORI_BUDGET_ALERT_THRESHOLD };
}
