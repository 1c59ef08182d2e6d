-- Documents, cut into memories, and how far each memory can be trusted.

CREATE TABLE memori.documents (
  id           uuid PRIMARY KEY,
  tenant_id    text NOT NULL REFERENCES memori.tenants (id),
  -- Null: the document belongs to the whole tenant.
  user_id      text,
  -- Null: every namespace of the tenant.
  namespace    text,
  -- By what it is known again: the caller's own id, else a hash of its text.
  key          text NOT NULL,
  external_id  text,
  title        text,
  -- Where it comes from, in the caller's words: an address, a path.
  source       text,
  format       text NOT NULL CHECK (format IN ('markdown', 'text')),
  category     text NOT NULL CHECK (category IN ('fact', 'preference', 'rule', 'skill', 'context')),
  importance   real NOT NULL CHECK (importance BETWEEN 0 AND 1),
  trust        real NOT NULL CHECK (trust BETWEEN 0 AND 1),
  occurred_at  timestamptz,
  -- Of its text: the same again changes nothing.
  content_hash text NOT NULL,
  -- Counts the changes, from 1.
  version      integer NOT NULL DEFAULT 1,
  created_by   text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (user_id IS NULL OR namespace IS NOT NULL)
);
CREATE UNIQUE INDEX documents_by_key ON memori.documents (tenant_id, coalesce(user_id, ''), coalesce(namespace, ''), key);
CREATE INDEX documents_by_user ON memori.documents (tenant_id, user_id, id);
SELECT memori.wall('memori.documents', by_user => true);
CREATE POLICY tenant_wide ON memori.documents FOR SELECT
  USING ((SELECT current_setting('memori.tenant_id', true)) = tenant_id AND user_id IS NULL);
CREATE TRIGGER documents_forget_replies AFTER DELETE ON memori.documents REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION memori.forget_replies('POST /v1/memories%', 'created_by');

ALTER TABLE memori.memories DROP CONSTRAINT memories_origin_check;
ALTER TABLE memori.memories
  -- 'imported': a passage of a document.
  ADD CONSTRAINT memories_origin_check CHECK (origin IN ('told', 'drawn', 'imported')),
  -- 0 to 1. What is derived from others has the lowest of theirs.
  ADD COLUMN trust real NOT NULL DEFAULT 1 CHECK (trust BETWEEN 0 AND 1),
  ADD COLUMN source_memory_ids uuid[] NOT NULL DEFAULT '{}',
  ADD COLUMN document_id uuid REFERENCES memori.documents (id) ON DELETE CASCADE,
  -- Under which title and headings a passage stands, and where in its document.
  ADD COLUMN heading text,
  ADD COLUMN place integer;
CREATE INDEX memories_by_document ON memori.memories (document_id) WHERE document_id IS NOT NULL;

-- What stood in a prompt lends its trust to what is drawn from the reply.
ALTER TABLE memori.recalled ADD COLUMN trust real NOT NULL DEFAULT 1;

-- A chain of facts comes in with an import, each link before the fact that it names.
ALTER TABLE memori.memories ALTER CONSTRAINT memories_superseded_by_fkey DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE memori.memories ALTER CONSTRAINT memories_supersedes_fkey DEFERRABLE INITIALLY IMMEDIATE;

-- As in 0041.
DO $$
DECLARE
  place text;
BEGIN
  FOREACH place IN ARRAY ARRAY['documents.namespace', 'documents.key', 'documents.external_id', 'documents.title',
    'documents.source', 'documents.content_hash', 'memories.heading'] LOOP
    EXECUTE format('ALTER TABLE memori.%I ALTER COLUMN %I SET STATISTICS 0', split_part(place, '.', 1), split_part(place, '.', 2));
  END LOOP;
END
$$;
