-- Brings the memories of a document ($4) to what it says now: passages that are new are written, those that are gone hold
-- no longer, of the others the trust and the like follow the document. Each change is a state of the history.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($6) AS p (id uuid, place integer, heading text, content text, terms text, fingerprint text)
), doc AS (
  SELECT * FROM memori.documents WHERE tenant_id = $1 AND id = $4
), standing AS (
  SELECT m.* FROM memori.memories m
  WHERE m.tenant_id = $1 AND m.user_id IS NOT DISTINCT FROM $2 AND m.document_id = $4
    AND (m.valid_to IS NULL OR m.valid_to > clock_timestamp())
), added AS (
  INSERT INTO memori.memories (id, tenant_id, user_id, scope, namespace, origin, created_by, scope_version, category, content,
    importance, trust, valid_from, document_id, heading, place, fingerprint, terms)
  SELECT g.id, $1, $2, CASE WHEN $2::text IS NULL THEN 'tenant' ELSE 'user' END, $3, 'imported', $7, $5::bigint, d.category,
    g.content, d.importance, d.trust, d.occurred_at, d.id, g.heading, g.place, g.fingerprint, g.terms
  FROM given g CROSS JOIN doc d WHERE NOT EXISTS (SELECT FROM standing s WHERE s.fingerprint = g.fingerprint)
  RETURNING *
), ended AS (
  UPDATE memori.memories m SET valid_to = clock_timestamp(), stated_to = clock_timestamp(), version = m.version + 1,
    scope_version = $5::bigint, updated_at = clock_timestamp()
  FROM standing s WHERE m.id = s.id AND NOT EXISTS (SELECT FROM given g WHERE g.fingerprint = s.fingerprint)
  RETURNING m.*
), followed AS (
  UPDATE memori.memories m SET trust = d.trust, category = d.category, importance = d.importance, place = g.place,
    -- Another date for the same text is a correction; for another text it is the date of what is new.
    valid_from = CASE WHEN $8::boolean THEN d.occurred_at ELSE m.valid_from END,
    version = m.version + 1, scope_version = $5::bigint, updated_at = clock_timestamp()
  FROM standing s JOIN given g ON g.fingerprint = s.fingerprint CROSS JOIN doc d
  WHERE m.id = s.id AND (s.trust, s.category, s.importance, s.place, s.valid_from)
    IS DISTINCT FROM (d.trust, d.category, d.importance, g.place, CASE WHEN $8::boolean THEN d.occurred_at ELSE s.valid_from END)
  RETURNING m.*
), told AS (
  INSERT INTO memori.memory_history (memory_id, version, tenant_id, user_id, category, content, importance, valid_from,
    valid_to, changed_by)
  SELECT id, version, tenant_id, user_id, category, content, importance, valid_from, valid_to, $7
  FROM (SELECT * FROM added UNION ALL SELECT * FROM ended UNION ALL SELECT * FROM followed) AS changed
)
SELECT (SELECT count(*)::int FROM added) AS added, (SELECT count(*)::int FROM ended) AS ended,
  (SELECT count(*)::int FROM standing) - (SELECT count(*)::int FROM ended) AS kept
