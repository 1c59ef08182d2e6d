-- What stands in the text columns of data sources: how a word of a question is stored there. Columns that look like a
-- person's data or a secret have no row.

CREATE TABLE memori.column_values (
  tenant_id      text NOT NULL REFERENCES memori.tenants (id),
  data_source_id uuid NOT NULL,
  schema_name    text NOT NULL,
  table_name     text NOT NULL,
  column_name    text NOT NULL,
  -- Different ones, the most frequent first. One row a column: a data source has some hundred thousand.
  stored_values  text[] NOT NULL,
  -- Whether these are all that the column holds.
  is_complete    boolean NOT NULL,
  gathered_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (data_source_id, schema_name, table_name, column_name),
  FOREIGN KEY (tenant_id, data_source_id) REFERENCES memori.data_sources (tenant_id, id) ON DELETE CASCADE
);
SELECT memori.wall('memori.column_values', by_user => false);
