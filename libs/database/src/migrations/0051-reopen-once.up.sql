-- What is forgotten closes nothing any more, and may be forgotten together with what it closed: the facts that stay are
-- reopened once those that go are gone. While they were going, a row that had just been reopened could not go any more.
DROP TRIGGER memories_reopen ON memori.memories;
-- The trigger says what becomes of the link: a twin that lives may take its place.
ALTER TABLE memori.memories DROP CONSTRAINT memories_superseded_by_fkey;

CREATE OR REPLACE FUNCTION memori.reopen_superseded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH hit AS (
    SELECT m.*, first_value(m.id) OVER (PARTITION BY m.tenant_id, m.user_id, m.namespace, coalesce(m.fingerprint, m.id::text)
      ORDER BY coalesce(m.valid_from, m.created_at) DESC, m.id DESC) AS latest
    FROM memori.memories m JOIN gone g ON m.superseded_by = g.id
  ), target AS (
    -- Of one fact one state holds: what was said again meanwhile speaks for both.
    SELECT h.id, coalesce((
      SELECT o.id FROM memori.memories o WHERE o.tenant_id = h.tenant_id AND o.user_id = h.user_id AND o.namespace = h.namespace
        AND o.fingerprint = h.fingerprint AND o.origin = 'drawn' AND o.superseded_by IS NULL AND h.origin = 'drawn' LIMIT 1
    ), nullif(h.latest, h.id)) AS by
    FROM hit h
  )
  UPDATE memori.memories m SET superseded_by = t.by, valid_to = CASE WHEN t.by IS NULL THEN m.stated_to ELSE m.valid_to END
  FROM target t WHERE m.id = t.id;
  UPDATE memori.memory_history h
  SET superseded_by = m.superseded_by, valid_to = CASE WHEN m.superseded_by IS NULL THEN m.stated_to ELSE h.valid_to END
  FROM gone g, memori.memories m WHERE h.superseded_by = g.id AND m.id = h.memory_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER memories_reopen AFTER DELETE ON memori.memories REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION memori.reopen_superseded();
