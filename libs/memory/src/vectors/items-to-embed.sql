-- What a place holds since version $4 that has no vectors of generation $5 yet. $1 tenant, $2 user, $3 namespace, $6 how many.
SELECT 'turn' AS kind, t.id, t.content, t.passage_ends, NULL::integer AS version
FROM memori.turns t
WHERE t.tenant_id = $1 AND t.user_id = $2 AND t.namespace = $3 AND NOT t.isolated AND t.scope_version > $4
  AND NOT EXISTS (SELECT FROM memori.memory_vectors v WHERE v.item_id = t.id AND v.generation = $5)
UNION ALL
SELECT 'fact', m.id, m.content, NULL, m.version
FROM memori.memories m
WHERE m.tenant_id = $1 AND NOT m.isolated AND m.scope_version > $4
  AND ((m.user_id = $2 AND m.namespace = $3) OR ($2 = '' AND m.user_id IS NULL))
  AND NOT EXISTS (SELECT FROM memori.memory_vectors v WHERE v.item_id = m.id AND v.generation = $5)
LIMIT $6
