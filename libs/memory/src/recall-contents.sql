-- The texts of what was found, once more inside the scope: what was erased since the search is simply not there.
SELECT 'turn' AS kind, t.id, t.content, t.passage_ends, t.external_id, t.role, t.name, NULL::text AS category, NULL::text AS scope,
       NULL::uuid[] AS sources, NULL::uuid AS document_id, NULL::text AS title, NULL::text AS source, NULL::text AS heading,
       -- What answered a question stands in the turn after it.
       (SELECT a.sql FROM memori.turns a
        WHERE t.role = 'user' AND a.tenant_id = $1 AND a.user_id = $2 AND a.session_id = t.session_id AND a.seq = t.seq + 1
          AND a.question_id = t.question_id) AS sql
FROM memori.turns t WHERE t.tenant_id = $1 AND t.user_id = $2 AND t.id = ANY ($3)
UNION ALL
SELECT 'fact', m.id, m.content, NULL, NULL, NULL, NULL, m.category, m.scope, m.source_turn_ids, d.id, d.title, d.source, m.heading, NULL
FROM memori.memories m LEFT JOIN memori.documents d ON d.id = m.document_id AND d.tenant_id = m.tenant_id
WHERE m.tenant_id = $1 AND (m.user_id = $2 OR m.user_id IS NULL) AND m.id = ANY ($3)
