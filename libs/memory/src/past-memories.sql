-- Memories that somebody rewrote after $4, in the state that they had at that moment. $1 tenant, $2 user, $3 namespace, $5 the
-- session that is looked from, $6 whether it is closed off. What Memori itself ended since is told by the row.
SELECT m.id, m.session_id AS "sessionId", m.scope, m.namespace, m.subject, m.predicate, m.support, m.source_turn_ids AS sources,
       h.category, h.content, h.importance,
       extract(epoch FROM coalesce(h.valid_from, m.created_at))::float8 * 1000 AS "occurredAtMs",
       extract(epoch FROM h.valid_from)::float8 * 1000 AS "validFromMs", extract(epoch FROM h.valid_to)::float8 * 1000 AS "validToMs",
       extract(epoch FROM m.said_at)::float8 * 1000 AS "saidAtMs", extract(epoch FROM m.created_at)::float8 * 1000 AS "recordedAtMs",
       extract(epoch FROM m.stated_to)::float8 * 1000 AS "statedToMs",
       (SELECT extract(epoch FROM coalesce(s.said_at, s.created_at))::float8 * 1000 FROM memori.memories s WHERE s.id = h.superseded_by) AS "endKnownAtMs",
       (SELECT extract(epoch FROM max(t.occurred_at))::float8 * 1000 FROM memori.turns t
        WHERE t.tenant_id = $1 AND t.user_id = $2 AND t.id = ANY (m.source_turn_ids)) AS "sourceSaidAtMs"
FROM memori.memories m
JOIN LATERAL (
  SELECT min(e.version) AS version FROM memori.memory_history e
  WHERE e.memory_id = m.id AND e.version > 1 AND e.changed_by <> 'memori' AND e.changed_at > $4::timestamptz
) AS edit ON edit.version IS NOT NULL
JOIN memori.memory_history h ON h.memory_id = m.id AND h.version = edit.version - 1
WHERE m.tenant_id = $1 AND m.version > 1 AND m.updated_at > $4::timestamptz
  AND (m.user_id IS NULL OR (m.user_id = $2 AND CASE WHEN $6::boolean THEN m.session_id = $5::uuid ELSE m.namespace = $3 AND NOT m.isolated END))
