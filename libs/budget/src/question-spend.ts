import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import type { UserScope } from '@memori/scope';

/** What the calls for one question came to so far, those of processes that died included. */
export interface Spend {
  /** That of the last call. */
  readonly model: string;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** Calls that were sent, whatever came back. */
  readonly attempts: number;
  /** Calls among them that are not charged yet. */
  readonly open: number;
}

/** Reads the ledger by question: attempts say what was sent and used, the journal what it cost. */
@Injectable()
export class QuestionSpend {
  constructor(private readonly database: Database) {}

  /** By question id. A question for which nothing was sent is not in it. */
  async of(scope: UserScope, questionIds: readonly string[]): Promise<Map<string, Spend>> {
    if (questionIds.length === 0) return new Map();
    const rows = await this.database.query<Spend & { questionId: string }>(
      scope,
      `SELECT a.question_id AS "questionId",
              (array_agg(a.model ORDER BY a.sent_at DESC, a.id DESC))[1] AS model,
              coalesce(sum(a.input_tokens) FILTER (WHERE a.state = 'ended'), 0)::float8 AS "inputTokens",
              coalesce(sum(a.cache_read_tokens) FILTER (WHERE a.state = 'ended'), 0)::float8 AS "cacheReadTokens",
              coalesce(sum(a.cache_write_5m_tokens + a.cache_write_1h_tokens) FILTER (WHERE a.state = 'ended'), 0)::float8
                AS "cacheWriteTokens",
              coalesce(sum(a.output_tokens) FILTER (WHERE a.state = 'ended'), 0)::float8 AS "outputTokens",
              (sum(coalesce(charge.nano_usd, 0) + coalesce(correction.nano_usd, 0)) / 1e9)::float8 AS "costUsd",
              count(*)::int AS attempts,
              count(*) FILTER (WHERE a.state <> 'ended')::int AS open
       FROM memori.attempts a
       LEFT JOIN memori.journal charge ON charge.attempt_id = a.id AND charge.entry = 'charge'
       LEFT JOIN memori.journal correction ON correction.attempt_id = a.id AND correction.entry = 'correction'
       WHERE a.tenant_id = $1 AND a.user_id = $2 AND a.question_id = ANY ($3::text[])
         AND a.sent_at IS NOT NULL AND a.outcome IS DISTINCT FROM 'not-sent'
       GROUP BY a.question_id`,
      [scope.tenantId, scope.userId, questionIds],
    );
    return new Map(rows.map(({ questionId, ...spend }) => [questionId, spend]));
  }
}
