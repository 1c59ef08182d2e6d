-- The facts that ended one another, from any of them on, in the order in which they held. UNION ends where it began.
WITH RECURSIVE chain AS (
  SELECT m.id, m.supersedes, m.superseded_by FROM memori.memories m
  WHERE m.tenant_id = $1 AND (m.user_id = $2 OR m.user_id IS NULL) AND m.id = $3
  UNION
  SELECT m.id, m.supersedes, m.superseded_by FROM chain c
  JOIN memori.memories m ON m.id IN (c.supersedes, c.superseded_by) OR m.superseded_by = c.id OR m.supersedes = c.id
  WHERE m.tenant_id = $1 AND m.user_id = $2
)
SELECT m.id, m.content, m.valid_from AS "validFrom", m.valid_to AS "validTo"
FROM memori.memories m WHERE m.tenant_id = $1 AND m.id IN (SELECT c.id FROM chain c)
ORDER BY coalesce(m.valid_from, m.created_at), m.id LIMIT 200
