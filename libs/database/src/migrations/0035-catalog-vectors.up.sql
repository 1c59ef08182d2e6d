-- Vectors of what the tables of data sources are called, where an embedding provider is configured. A text is known by its
-- hash, so that a sync embeds again only what changed.

CREATE TABLE memori.catalog_vectors (
  tenant_id      text NOT NULL REFERENCES memori.tenants (id),
  data_source_id uuid NOT NULL,
  -- Only vectors of one model can be compared.
  model          text NOT NULL,
  text_hash      bytea NOT NULL,
  -- Four bytes a dimension, little-endian.
  vector         bytea NOT NULL,
  PRIMARY KEY (data_source_id, model, text_hash),
  FOREIGN KEY (tenant_id, data_source_id) REFERENCES memori.data_sources (tenant_id, id) ON DELETE CASCADE
);
SELECT memori.wall('memori.catalog_vectors', by_user => false);
