DROP TRIGGER memories_reopen ON memori.memories;
UPDATE memori.memories m SET superseded_by = NULL
WHERE superseded_by IS NOT NULL AND NOT EXISTS (SELECT FROM memori.memories o WHERE o.id = m.superseded_by);
ALTER TABLE memori.memories ADD CONSTRAINT memories_superseded_by_fkey
  FOREIGN KEY (superseded_by) REFERENCES memori.memories (id) ON DELETE SET NULL DEFERRABLE INITIALLY IMMEDIATE;
CREATE OR REPLACE FUNCTION memori.reopen_superseded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE memori.memory_history h SET superseded_by = NULL, valid_to = m.stated_to
  FROM memori.memories m
  WHERE h.superseded_by = OLD.id AND m.id = h.memory_id;
  UPDATE memori.memories m SET superseded_by = NULL, valid_to = m.stated_to
  WHERE m.superseded_by = OLD.id
    AND NOT EXISTS (SELECT FROM memori.memories o WHERE o.tenant_id = m.tenant_id AND o.user_id = m.user_id
      AND o.namespace = m.namespace AND o.fingerprint = m.fingerprint AND o.origin = 'drawn' AND o.superseded_by IS NULL
      AND o.id <> m.id);
  RETURN OLD;
END
$$;
CREATE TRIGGER memories_reopen BEFORE DELETE ON memori.memories
  FOR EACH ROW EXECUTE FUNCTION memori.reopen_superseded();
