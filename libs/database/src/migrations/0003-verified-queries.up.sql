-- Questions whose SQL a curator vouches for. Values of a template are bound, never spliced into the SQL.

CREATE TABLE memori.verified_queries (
  id             uuid PRIMARY KEY,
  tenant_id      text NOT NULL REFERENCES memori.tenants (id),
  data_source_id uuid NOT NULL REFERENCES memori.data_sources (id) ON DELETE CASCADE,
  question       text NOT NULL,
  -- The form that questions are compared in: two queries of one data source never answer the same question.
  normalised     text NOT NULL,
  sql            text NOT NULL,
  parameters     json NOT NULL DEFAULT '[]',
  description    text,
  -- 'stale': its SQL no longer fits the data source. It answers nothing until a curator has looked at it.
  status         text NOT NULL DEFAULT 'verified' CHECK (status IN ('verified', 'stale')),
  created_by     text NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  UNIQUE (data_source_id, normalised)
);
CREATE INDEX verified_queries_by_tenant ON memori.verified_queries (tenant_id, data_source_id, id);
SELECT memori.wall('memori.verified_queries', by_user => false);

-- Rises in the transaction of every change, so that a process knows when what it holds in memory is old.
CREATE TABLE memori.verified_query_versions (
  data_source_id uuid PRIMARY KEY REFERENCES memori.data_sources (id) ON DELETE CASCADE,
  tenant_id      text NOT NULL REFERENCES memori.tenants (id),
  version        bigint NOT NULL DEFAULT 1
);
SELECT memori.wall('memori.verified_query_versions', by_user => false);

CREATE FUNCTION memori.verified_query_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed memori.verified_queries := coalesce(NEW, OLD);
BEGIN
  -- A data source that is being deleted takes its queries along, and needs no version any more.
  INSERT INTO memori.verified_query_versions AS v (data_source_id, tenant_id)
  SELECT d.id, changed.tenant_id FROM memori.data_sources d WHERE d.id = changed.data_source_id
  ON CONFLICT (data_source_id) DO UPDATE SET version = v.version + 1;
  RETURN NULL;
END
$$;
CREATE TRIGGER verified_query_changed AFTER INSERT OR UPDATE OR DELETE ON memori.verified_queries
  FOR EACH ROW EXECUTE FUNCTION memori.verified_query_changed();

CREATE FUNCTION memori.verified_query_version(tenant text, data_source uuid) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter(tenant, '*');
  RETURN coalesce((SELECT version FROM memori.verified_query_versions WHERE data_source_id = data_source), 0);
END
$$;
