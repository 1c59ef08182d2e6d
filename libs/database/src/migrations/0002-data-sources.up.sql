-- Databases that questions are asked about, and what was found in them.

CREATE TABLE memori.data_sources (
  id                  uuid PRIMARY KEY,
  tenant_id           text NOT NULL REFERENCES memori.tenants (id),
  name                text NOT NULL CHECK (name <> ''),
  dialect             text NOT NULL CHECK (dialect = 'postgresql'),
  host                text NOT NULL,
  port                integer NOT NULL,
  database_name       text NOT NULL,
  username            text NOT NULL,
  ssl                 text NOT NULL CHECK (ssl IN ('disable', 'require', 'verify-ca', 'verify-full')),
  -- Address and password, encrypted together: neither can be swapped under the other.
  connection_sealed   bytea NOT NULL,
  connection_revision bigint NOT NULL DEFAULT 1,
  -- Null: every schema that holds a readable table.
  wanted_schemas      text[],
  schemas             text[] NOT NULL,
  description         text,
  sample_values       text NOT NULL CHECK (sample_values IN ('off', 'safe', 'all')),
  time_zone           text,
  -- The current row of data_source_snapshots.
  version             text,
  catalog_revision    bigint NOT NULL DEFAULT 0,
  tables              integer NOT NULL DEFAULT 0,
  findings            jsonb NOT NULL DEFAULT '[]',
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT data_sources_name_is_unique UNIQUE (tenant_id, name),
  UNIQUE (tenant_id, id)
);

-- Each catalogue that a data source has had. Samples may be refreshed under an unchanged version.
CREATE TABLE memori.data_source_snapshots (
  tenant_id       text NOT NULL REFERENCES memori.tenants (id),
  data_source_id  uuid NOT NULL,
  version         text NOT NULL,
  -- JSON, gzipped by the application: PostgreSQL need not parse what it never queries.
  catalog         bytea NOT NULL,
  introspected_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (data_source_id, version),
  FOREIGN KEY (tenant_id, data_source_id) REFERENCES memori.data_sources (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE memori.data_source_snapshots ALTER COLUMN catalog SET STORAGE EXTERNAL;

SELECT memori.wall('memori.data_sources', by_user => false);
SELECT memori.wall('memori.data_source_snapshots', by_user => false);
