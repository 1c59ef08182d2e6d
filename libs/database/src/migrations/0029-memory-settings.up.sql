-- How a tenant wants its memory to work. No row: as it comes.
CREATE TABLE memori.memory_settings (
  tenant_id    text PRIMARY KEY REFERENCES memori.tenants (id) ON DELETE CASCADE,
  -- Facts are drawn from what is said.
  draw_facts   boolean NOT NULL DEFAULT true,
  -- Rules, strong preferences and who the user is stand in every prompt, …
  conscious    boolean NOT NULL DEFAULT true,
  -- … in a block of so many tokens.
  block_tokens integer NOT NULL DEFAULT 600 CHECK (block_tokens BETWEEN 0 AND 10000),
  -- What bears on a question is recalled for it.
  automatic    boolean NOT NULL DEFAULT true,
  updated_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
SELECT memori.wall('memori.memory_settings', by_user => false);
