import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { InvalidRequestError } from '@memori/errors';
import type { TenantScope } from '@memori/scope';

export const USAGE_GROUPS = ['day', 'model', 'user', 'dataSource', 'purpose', 'source'] as const;

export type UsageGroup = (typeof USAGE_GROUPS)[number];

export interface UsageQuery {
  /** First and last day, YYYY-MM-DD, in the tenant's time zone; both included. */
  readonly from?: string;
  readonly to?: string;
  readonly groupBy: UsageGroup;
}

/** What one day, model, user … came to. */
export interface UsageItem {
  /** The day, model, user … ; null where the call had none. */
  readonly key: string | null;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** Questions that a layer before the model answered. */
  readonly answersWithoutModel: number;
  /** All that follows, together. */
  readonly savedUsd: number;
  /** What was read from the provider's cache at the price of plain input, less its own price and that of writing it. */
  readonly savedByProviderCacheUsd: number;
  /** What the model would have come to for questions that a verified query answered: an estimate (see Savings). */
  readonly savedByVerifiedQueriesUsd: number;
  /** The same for answers out of Memori's own cache. */
  readonly savedByAnswerCacheUsd: number;
  /** Tokens that were never sent, by the same estimate. */
  readonly savedTokens: number;
}

const COLUMNS: Record<UsageGroup, string> = {
  day: 'day',
  model: 'model',
  user: 'user_id',
  dataSource: 'data_source_id',
  purpose: 'purpose',
  source: 'source',
};

/** Sums of the journal. */
@Injectable()
export class UsageReport {
  constructor(private readonly database: Database) {}

  /** The calls of a user, or of the whole tenant when no user is named. */
  async usage(scope: TenantScope & { userId?: string }, query: UsageQuery): Promise<UsageItem[]> {
    const [from, to] = [dayOf(query.from, '/from'), dayOf(query.to, '/to')];
    const column = COLUMNS[query.groupBy];
    const params = [scope.tenantId, scope.userId ?? null, from ?? null, to ?? null];
    const sql = `
      SELECT ${column}::text AS key,
             count(DISTINCT attempt_id)::float8 AS attempts,
             sum(input_tokens)::float8 AS "inputTokens",
             sum(cache_read_tokens)::float8 AS "cacheReadTokens",
             sum(cache_write_5m_tokens + cache_write_1h_tokens)::float8 AS "cacheWriteTokens",
             sum(output_tokens)::float8 AS "outputTokens",
             (sum(nano_usd) / 1e9)::float8 AS "costUsd",
             (count(*) FILTER (WHERE entry = 'saving'))::float8 AS "answersWithoutModel",
             (sum(saved_nano_usd) / 1e9)::float8 AS "savedUsd",
             ${saved("entry <> 'saving'")} AS "savedByProviderCacheUsd",
             ${saved("entry = 'saving' AND source = 'verified-query'")} AS "savedByVerifiedQueriesUsd",
             ${saved("entry = 'saving' AND source = 'cache'")} AS "savedByAnswerCacheUsd",
             sum(saved_tokens)::float8 AS "savedTokens"
      FROM memori.journal
      WHERE tenant_id = $1 AND ($2::text IS NULL OR user_id = $2) AND entry <> 'limit'
        AND ($3::date IS NULL OR day >= $3) AND ($4::date IS NULL OR day <= $4)
      GROUP BY ${column} ORDER BY ${column}`;
    return this.database.query<UsageItem>(scope, sql, params);
  }
}

function saved(which: string): string {
  return `(coalesce(sum(saved_nano_usd) FILTER (WHERE ${which}), 0) / 1e9)::float8`;
}

function dayOf(text: string | undefined, pointer: string): string | undefined {
  if (text === undefined) return undefined;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text);
  if (isDay) return text;
  throw new InvalidRequestError('The period is not readable.', [{ pointer, message: 'must be a day, YYYY-MM-DD' }]);
}
