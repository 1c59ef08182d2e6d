-- Writes facts and the first state of each. A fact that stands there already is not written again, and not answered.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($4) AS f (id uuid, category text, content text, importance real, source_turn_ids uuid[],
    valid_from timestamptz, valid_to timestamptz, stated_to timestamptz, said_at timestamptz, subject text, predicate text,
    fact_key text, negated boolean, fingerprint text, essential boolean, trust real, terms text, superseded_by uuid, supersedes uuid)
), kept AS (
  INSERT INTO memori.memories (id, tenant_id, user_id, scope, namespace, origin, created_by, scope_version, category, content,
    importance, source_turn_ids, valid_from, valid_to, stated_to, said_at, subject, predicate, fact_key, negated, fingerprint,
    essential, trust, terms, superseded_by, supersedes)
  SELECT g.id, $1, $2, 'user', $3, 'drawn', $2, $5, g.category, g.content, g.importance, g.source_turn_ids, g.valid_from,
    g.valid_to, g.stated_to, g.said_at, g.subject, g.predicate, g.fact_key, g.negated, g.fingerprint, g.essential, g.trust, g.terms,
    g.superseded_by, g.supersedes
  FROM given g
  ON CONFLICT (tenant_id, user_id, namespace, fingerprint) WHERE origin = 'drawn' AND superseded_by IS NULL DO NOTHING
  RETURNING *
), told AS (
  INSERT INTO memori.memory_history (memory_id, version, tenant_id, user_id, category, content, importance, valid_from,
    valid_to, changed_by, superseded_by)
  SELECT id, 1, tenant_id, user_id, category, content, importance, valid_from, valid_to, 'memori', superseded_by FROM kept
)
SELECT id FROM kept
