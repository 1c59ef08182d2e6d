-- Writes vectors of what still exists, as it was read. $1 tenant, $2 user, $3 namespace, $4 generation, $5 the entries.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($5) AS (item uuid, kind text, passage integer, vector real[], version integer)
), standing AS (
  SELECT g.*, t.id AS turn_id, NULL::uuid AS memory_id FROM given g
  JOIN memori.turns t ON g.kind = 'turn' AND t.id = g.item AND t.tenant_id = $1 AND t.user_id = $2 AND t.namespace = $3
  UNION ALL
  SELECT g.*, NULL, m.id FROM given g
  JOIN memori.memories m ON g.kind = 'fact' AND m.id = g.item AND m.tenant_id = $1 AND coalesce(m.user_id, '') = $2
    AND m.version = g.version
)
INSERT INTO memori.memory_vectors AS v (tenant_id, user_id, namespace, generation, turn_id, memory_id, passage, embedding)
SELECT $1, $2, $3, $4, turn_id, memory_id, passage, vector FROM standing
ON CONFLICT (item_id, generation, passage) DO UPDATE
SET embedding = excluded.embedding, added = nextval('memori.scope_version')
