-- The vectors that were added to a place since $5, or all of them when something was erased there since $6, in one snapshot.
-- $1 tenant, $2 user, $3 namespace, $4 generation. Numbers as PostgreSQL sends arrays: reading their text takes longer.
SELECT n.erased::float8 AS erased, n.erased > $6 AS is_rebuild, v.item_id AS id, v.added::float8 AS added,
       array_send(v.embedding) AS bytes
FROM memori.namespaces n
LEFT JOIN memori.memory_vectors v ON v.tenant_id = $1 AND v.user_id = $2 AND v.namespace = $3 AND v.generation = $4
  AND v.embedding IS NOT NULL AND v.added > CASE WHEN n.erased > $6 THEN 0 ELSE $5::bigint END
WHERE n.tenant_id = $1 AND n.user_id = $2 AND n.namespace = $3
ORDER BY v.added
