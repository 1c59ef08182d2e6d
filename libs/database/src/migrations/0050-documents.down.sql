DELETE FROM memori.memories WHERE origin = 'imported';
ALTER TABLE memori.memories ALTER CONSTRAINT memories_supersedes_fkey NOT DEFERRABLE;
ALTER TABLE memori.memories ALTER CONSTRAINT memories_superseded_by_fkey NOT DEFERRABLE;
ALTER TABLE memori.recalled DROP COLUMN trust;
ALTER TABLE memori.memories DROP CONSTRAINT memories_origin_check;
ALTER TABLE memori.memories
  ADD CONSTRAINT memories_origin_check CHECK (origin IN ('told', 'drawn')),
  DROP COLUMN place,
  DROP COLUMN heading,
  DROP COLUMN document_id,
  DROP COLUMN source_memory_ids,
  DROP COLUMN trust;
DROP TABLE memori.documents;
