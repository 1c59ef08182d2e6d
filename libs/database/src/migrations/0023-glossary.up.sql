-- What the words of a tenant mean in one data source: terms, metrics (named SQL expressions that the guard checked), rules.

-- Rises in the transaction of every change of the glossary. It stands in the row that is read for every question anyway,
-- so that what a process holds in memory, or a cache made with the glossary, is known to be old at no cost.
ALTER TABLE memori.data_sources ADD COLUMN glossary_version bigint NOT NULL DEFAULT 0;

CREATE TABLE memori.glossary_entries (
  id             uuid PRIMARY KEY,
  tenant_id      text NOT NULL REFERENCES memori.tenants (id),
  data_source_id uuid NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('term', 'metric', 'rule')),
  -- A hash of the form that names (of a rule: texts) are compared in, since an index holds no text of any length.
  key            text NOT NULL,
  name           text CHECK ((name IS NULL) = (kind = 'rule')),
  synonyms       text[] NOT NULL DEFAULT '{}',
  -- What a term means, what a metric measures, what a rule says.
  definition     text CHECK (definition IS NOT NULL OR kind = 'metric'),
  expression     text CHECK ((expression IS NOT NULL) = (kind = 'metric')),
  from_clause    text CHECK ((from_clause IS NOT NULL) = (kind = 'metric')),
  -- 'stale': the guard no longer passes the metric. It is not used until it does again.
  status         text NOT NULL DEFAULT 'valid' CHECK (status = 'valid' OR (status = 'stale' AND kind = 'metric')),
  created_by     text NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  UNIQUE (data_source_id, kind, key),
  FOREIGN KEY (tenant_id, data_source_id) REFERENCES memori.data_sources (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX glossary_entries_by_tenant ON memori.glossary_entries (tenant_id, data_source_id, id);
SELECT memori.wall('memori.glossary_entries', by_user => false);

CREATE FUNCTION memori.glossary_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed memori.glossary_entries := coalesce(NEW, OLD);
BEGIN
  UPDATE memori.data_sources SET glossary_version = glossary_version + 1
  WHERE tenant_id = changed.tenant_id AND id = changed.data_source_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER glossary_changed AFTER INSERT OR UPDATE OR DELETE ON memori.glossary_entries
  FOR EACH ROW EXECUTE FUNCTION memori.glossary_changed();
