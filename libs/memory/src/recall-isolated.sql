-- All that an isolated session may recall: itself.
SELECT 'turn' AS kind, t.id, t.session_id, t.occurred_at, t.terms AS passages, t.seq, t.role, t.name,
       NULL AS scope, NULL AS namespace, NULL AS category, NULL::real AS importance,
       NULL::timestamptz AS valid_from, NULL::timestamptz AS valid_to, NULL::uuid[] AS sources
FROM memori.turns t WHERE t.tenant_id = $1 AND t.user_id = $2 AND t.session_id = $3
UNION ALL
SELECT 'fact', m.id, m.session_id, coalesce(m.valid_from, m.created_at), ARRAY[m.terms], NULL, NULL, NULL,
       m.scope, m.namespace, m.category, m.importance, m.valid_from, m.valid_to, m.source_turn_ids
FROM memori.memories m WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.session_id = $3
ORDER BY kind DESC, seq, id
