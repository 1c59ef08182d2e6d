-- What was added to a namespace since version $4, or all of it when something was changed or erased since, with the
-- version that this brings a copy to. One statement, hence one snapshot. $2 '' is the whole tenant. Times and passages come
-- as numbers and one text: a driver that parses ten thousand dates and arrays is slower than all the rest.
SELECT n.version::float8 AS scope_version, n.since = 0 AS is_rebuild, i.*
FROM (
  SELECT version, CASE WHEN erased > $4 OR version < $4 THEN 0 ELSE $4::bigint END AS since
  FROM memori.namespaces WHERE tenant_id = $1 AND user_id = $2 AND namespace = $3
) AS n
LEFT JOIN LATERAL (
  SELECT 'turn' AS kind, t.id, t.session_id, extract(epoch FROM t.occurred_at)::float8 * 1000 AS occurred_at_ms, array_to_string(t.terms, E'\n') AS passages, t.seq, t.role, t.name, t.traits,
         NULL AS scope, NULL AS namespace, NULL AS category, NULL::real AS importance,
         NULL::float8 AS valid_from_ms, NULL::float8 AS valid_to_ms, NULL::uuid[] AS sources, NULL::real AS trust,
         NULL::float8 AS said_at_ms, NULL::float8 AS recorded_at_ms, NULL::float8 AS end_known_at_ms, NULL::float8 AS stated_to_ms, t.scope_version AS added
  FROM memori.turns t
  WHERE t.tenant_id = $1 AND t.user_id = $2 AND t.namespace = $3 AND NOT t.isolated AND t.scope_version > n.since
  UNION ALL
  SELECT 'fact', m.id, m.session_id, extract(epoch FROM coalesce(m.valid_from, m.created_at))::float8 * 1000, m.terms, NULL, NULL, NULL, NULL,
         m.scope, m.namespace, m.category, m.importance, extract(epoch FROM m.valid_from)::float8 * 1000, extract(epoch FROM m.valid_to)::float8 * 1000, m.source_turn_ids, m.trust,
         extract(epoch FROM m.said_at)::float8 * 1000, extract(epoch FROM m.created_at)::float8 * 1000,
         CASE WHEN m.superseded_by IS NOT NULL THEN
           (SELECT extract(epoch FROM coalesce(s.said_at, s.created_at))::float8 * 1000 FROM memori.memories s WHERE s.id = m.superseded_by) END,
         extract(epoch FROM m.stated_to)::float8 * 1000, m.scope_version
  FROM memori.memories m
  WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.namespace = $3 AND NOT m.isolated AND m.scope_version > n.since
  UNION ALL
  SELECT 'fact', m.id, m.session_id, extract(epoch FROM coalesce(m.valid_from, m.created_at))::float8 * 1000, m.terms, NULL, NULL, NULL, NULL,
         m.scope, m.namespace, m.category, m.importance, extract(epoch FROM m.valid_from)::float8 * 1000, extract(epoch FROM m.valid_to)::float8 * 1000, m.source_turn_ids, m.trust,
         extract(epoch FROM m.said_at)::float8 * 1000, extract(epoch FROM m.created_at)::float8 * 1000,
         CASE WHEN m.superseded_by IS NOT NULL THEN
           (SELECT extract(epoch FROM coalesce(s.said_at, s.created_at))::float8 * 1000 FROM memori.memories s WHERE s.id = m.superseded_by) END,
         extract(epoch FROM m.stated_to)::float8 * 1000, m.scope_version
  FROM memori.memories m
  WHERE m.tenant_id = $1 AND $2 = '' AND m.user_id IS NULL AND m.scope_version > n.since
) AS i ON true
ORDER BY i.added, i.kind DESC, i.seq, i.id
