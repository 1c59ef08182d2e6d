-- Ends the validity of older facts where the newer ones begin. Each keeps its states, and says what closed it.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($4) AS c (id uuid, valid_to timestamptz, superseded_by uuid)
), closed AS (
  UPDATE memori.memories m SET valid_to = g.valid_to, superseded_by = g.superseded_by, version = m.version + 1,
    scope_version = $5, updated_at = clock_timestamp()
  FROM given g WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.namespace = $3 AND m.id = g.id
  RETURNING m.*
)
INSERT INTO memori.memory_history (memory_id, version, tenant_id, user_id, category, content, importance, valid_from,
  valid_to, changed_by, superseded_by)
SELECT id, version, tenant_id, user_id, category, content, importance, valid_from, valid_to, 'memori', superseded_by FROM closed
