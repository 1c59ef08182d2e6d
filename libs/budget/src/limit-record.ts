import type { LimitScope, LimitWindow } from './limits';

/** A limit as it may be shown. */
export interface LimitRecord {
  readonly scope: LimitScope;
  /** Whose it is; `*`: of everybody who has none of his own. */
  readonly id: string;
  /** `*`: of every tenant, or of the installation. */
  readonly tenantId: string;
  readonly window: LimitWindow;
  /** Who set it: an administrator, or the configuration. */
  readonly origin: 'administrator' | 'configured';
  readonly tokens: number | null;
  readonly usd: number | null;
  readonly unlimited: boolean;
  readonly soft: number | null;
  readonly setBy: string;
  readonly setAt: Date;
}

/** What was spent and held in one window; a limit that there is not is null. */
export interface ScopeStanding {
  readonly window: LimitWindow;
  /** First day, in the zone of the tenant; null: it began with the first call. */
  readonly startsOn: string | null;
  readonly resetsAt: string | null;
  readonly limitTokens: number | null;
  readonly postedTokens: number;
  readonly heldTokens: number;
  readonly alertAtTokens: number | null;
  readonly limitUsd: number | null;
  readonly postedUsd: number;
  readonly heldUsd: number;
  readonly alertAtUsd: number | null;
  /** When the alert of this window was raised; null: not yet. */
  readonly alertedAt: string | null;
}

export const LIMIT_COLUMNS = `m.scope, m.scope_id AS id, m.tenant_id AS "tenantId", m.period AS window, m.origin,
  m.limit_tokens::float8 AS tokens, (m.limit_nano_usd / 1e9)::float8 AS usd,
  m.limit_tokens IS NULL AND m.limit_nano_usd IS NULL AS unlimited, m.soft::float8 AS soft, m.set_by AS "setBy",
  m.set_at AS "setAt"`;

/** $1 the tenant, $2 whether the installation's own may be seen. `key` sorts and marks the place in a list. */
export const VISIBLE_LIMITS = `
  SELECT ${LIMIT_COLUMNS}, concat_ws(chr(31), m.scope, m.tenant_id, m.scope_id, m.period, m.origin) COLLATE "C" AS key
  FROM memori.limits m
  WHERE m.tenant_id = $1 OR (m.tenant_id = '*' AND (m.scope <> 'global' OR $2))`;
