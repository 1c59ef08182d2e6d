import { Injectable } from '@nestjs/common';
import type { Tx } from '@memori/database';
import { type Eraser, Erasers, type Erasure } from '@memori/privacy';

const OF_THE_TENANT = 'what curators keep for the whole tenant: data sources, glossary, verified queries';
const MEANT = 'tenant_id = $1 AND user_id = $2 AND ($3 OR session_id = ANY ($4))';
// Stored answers of these questions go with them, whoever they were served to.
const CACHED = `DELETE FROM memori.cached_answers c USING memori.questions q
  WHERE c.question_id = q.id AND q.tenant_id = $1 AND q.user_id = $2 AND ($3 OR q.session_id = ANY ($4)) RETURNING 1`;
const QUESTIONS = `DELETE FROM memori.questions WHERE ${MEANT} RETURNING 1`;
const SHARE = 'DELETE FROM memori.user_service WHERE tenant_id = $1 AND user_id = $2';

/** Questions with their answers, rows, events, feedback and keys, and what was stored of them to serve again. */
@Injectable()
export class Text2SqlEraser implements Eraser {
  readonly holder = 'text2sql';
  readonly erases = [
    ...['questions', 'question_events', 'question_feedback', 'idempotency_keys', 'cached_answers'],
    ...['user_service'],
  ];
  readonly keeps = {
    data_sources: OF_THE_TENANT,
    data_source_snapshots: OF_THE_TENANT,
    described_tables: OF_THE_TENANT,
    catalog_aliases: OF_THE_TENANT,
    catalog_vectors: OF_THE_TENANT,
    column_values: OF_THE_TENANT,
    glossary_entries: OF_THE_TENANT,
    verified_queries: OF_THE_TENANT,
    verified_query_versions: OF_THE_TENANT,
    tenant_service: 'how much the whole tenant has used of late',
  };

  constructor(erasers: Erasers) {
    erasers.add(this);
  }

  async erase(tx: Tx, { scope, tenantId, userId, sessionIds }: Erasure) {
    const isUser = scope === 'user';
    const params = [tenantId, userId, isUser, sessionIds];
    const cachedAnswers = (await tx.query(CACHED, params)).length;
    const questions = (await tx.query(QUESTIONS, params)).length;
    if (isUser) await tx.query(SHARE, [tenantId, userId]);
    return { cachedAnswers, questions };
  }
}
