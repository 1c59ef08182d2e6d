-- Vectors of turns and memories, where an embedding provider is configured: one more way to be found. They are made after
-- the write, in generations: the vectors of one model can be compared with each other and with no others.

CREATE TABLE memori.vector_generations (
  id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model      text NOT NULL UNIQUE,
  dimensions integer NOT NULL CHECK (dimensions BETWEEN 1 AND 16000),
  -- By any process; a generation that nobody uses goes once the next one is complete.
  used_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row for each passage of a turn, and one for a memory. Real numbers are what pgvector and the application both read.
CREATE TABLE memori.memory_vectors (
  tenant_id  text NOT NULL REFERENCES memori.tenants (id),
  -- As in memori.namespaces: '' is the whole tenant, with the namespace ''.
  user_id    text NOT NULL,
  namespace  text NOT NULL,
  generation integer NOT NULL REFERENCES memori.vector_generations (id) ON DELETE CASCADE,
  -- What is erased takes its vectors along.
  turn_id    uuid REFERENCES memori.turns (id) ON DELETE CASCADE,
  memory_id  uuid REFERENCES memori.memories (id) ON DELETE CASCADE,
  item_id    uuid NOT NULL GENERATED ALWAYS AS (coalesce(turn_id, memory_id)) STORED,
  passage    integer NOT NULL,
  -- Null: the model has no vector for it, and need not be asked again.
  embedding  real[],
  -- Rises: whoever holds a copy asks for what was added since.
  added      bigint NOT NULL DEFAULT nextval('memori.scope_version'),
  PRIMARY KEY (item_id, generation, passage),
  CHECK (num_nonnulls(turn_id, memory_id) = 1)
);
CREATE INDEX memory_vectors_by_place ON memori.memory_vectors (tenant_id, user_id, namespace, generation, added);
CREATE INDEX memory_vectors_by_turn ON memori.memory_vectors (turn_id) WHERE turn_id IS NOT NULL;
CREATE INDEX memory_vectors_by_memory ON memori.memory_vectors (memory_id) WHERE memory_id IS NOT NULL;
SELECT memori.wall('memori.memory_vectors', by_user => true);
CREATE POLICY tenant_wide ON memori.memory_vectors FOR SELECT
  USING ((SELECT current_setting('memori.tenant_id', true)) = tenant_id AND user_id = '');

-- The old text's vector would still find a memory that was rewritten.
CREATE FUNCTION memori.forget_vectors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.content IS DISTINCT FROM old.content THEN
    DELETE FROM memori.memory_vectors v WHERE v.memory_id = new.id;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER memories_forget_vectors AFTER UPDATE OF content ON memori.memories
  FOR EACH ROW EXECUTE FUNCTION memori.forget_vectors();

-- How far a namespace is embedded, and what became of the last try. One row is one job.
CREATE TABLE memori.vector_work (
  tenant_id        text NOT NULL,
  user_id          text NOT NULL,
  namespace        text NOT NULL,
  generation       integer NOT NULL REFERENCES memori.vector_generations (id) ON DELETE CASCADE,
  -- All that the namespace held at this version of its own has vectors.
  upto             bigint NOT NULL DEFAULT 0,
  attempts         integer NOT NULL DEFAULT 0,
  -- Why the last try failed, in a word.
  error            text,
  run_after        timestamptz NOT NULL DEFAULT clock_timestamp(),
  fence            bigint NOT NULL DEFAULT 0,
  claim_expires_at timestamptz,
  PRIMARY KEY (generation, tenant_id, user_id, namespace),
  FOREIGN KEY (tenant_id, user_id, namespace) REFERENCES memori.namespaces (tenant_id, user_id, namespace) ON DELETE CASCADE
);
SELECT memori.wall('memori.vector_work', by_user => true);

-- The namespace that has waited longest for its vectors, claimed for `claim_ms`; no row: none waits.
CREATE FUNCTION memori.claim_vector_work(p_generation integer, p_claim_ms integer)
RETURNS TABLE (tenant_id text, user_id text, namespace text, upto bigint, version bigint, fence bigint, attempts integer)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  UPDATE memori.vector_generations g SET used_at = clock_timestamp()
  WHERE g.id = p_generation AND g.used_at < clock_timestamp() - interval '10 minutes';
  INSERT INTO memori.vector_work (tenant_id, user_id, namespace, generation)
  SELECT n.tenant_id, n.user_id, n.namespace, p_generation FROM memori.namespaces n
  WHERE NOT EXISTS (
    SELECT FROM memori.vector_work w WHERE w.generation = p_generation AND w.tenant_id = n.tenant_id
      AND w.user_id = n.user_id AND w.namespace = n.namespace)
  FOR KEY SHARE OF n
  ON CONFLICT DO NOTHING;
  RETURN QUERY
  -- Materialized: a join that looked once for each row of the table would claim as many.
  WITH c AS MATERIALIZED (
    SELECT x.tenant_id, x.user_id, x.namespace, n.version FROM memori.vector_work x
    JOIN memori.namespaces n ON n.tenant_id = x.tenant_id AND n.user_id = x.user_id AND n.namespace = x.namespace
    WHERE x.generation = p_generation AND n.version > x.upto AND x.run_after <= clock_timestamp()
      AND (x.claim_expires_at IS NULL OR x.claim_expires_at < clock_timestamp())
    ORDER BY x.run_after LIMIT 1 FOR UPDATE OF x SKIP LOCKED)
  UPDATE memori.vector_work w
  SET fence = w.fence + 1, claim_expires_at = clock_timestamp() + make_interval(secs => p_claim_ms / 1000.0)
  FROM c
  WHERE w.generation = p_generation AND w.tenant_id = c.tenant_id AND w.user_id = c.user_id AND w.namespace = c.namespace
  RETURNING w.tenant_id, w.user_id, w.namespace, w.upto, c.version, w.fence, w.attempts;
END
$$;

-- Ends a claim: with `p_error` it is tried again after `p_wait_ms`; without, all up to `p_upto` is done.
CREATE FUNCTION memori.end_vector_work(
  p_generation integer, p_tenant text, p_user text, p_namespace text, p_fence bigint, p_upto bigint, p_error text, p_wait_ms integer
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  UPDATE memori.vector_work w
  SET upto = greatest(w.upto, p_upto), error = p_error, claim_expires_at = NULL,
      attempts = CASE WHEN p_error IS NULL THEN 0 ELSE w.attempts + 1 END,
      run_after = clock_timestamp() + make_interval(secs => p_wait_ms / 1000.0)
  WHERE w.generation = p_generation AND w.tenant_id = p_tenant AND w.user_id = p_user AND w.namespace = p_namespace
    AND w.fence = p_fence;
END
$$;

-- Drops the vectors of generations that no process has used for `p_idle_ms`, when this one is complete. How many went.
CREATE FUNCTION memori.drop_old_vectors(p_generation integer, p_idle_ms integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  gone integer;
BEGIN
  PERFORM memori.enter('*', '*');
  IF EXISTS (
    SELECT FROM memori.namespaces n LEFT JOIN memori.vector_work w ON w.generation = p_generation
      AND w.tenant_id = n.tenant_id AND w.user_id = n.user_id AND w.namespace = n.namespace
    WHERE n.version > coalesce(w.upto, 0)) THEN RETURN 0; END IF;
  DELETE FROM memori.vector_generations g
  WHERE g.id <> p_generation AND g.used_at < clock_timestamp() - make_interval(secs => p_idle_ms / 1000.0);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END
$$;

-- Gives a generation an HNSW index of pgvector, where the extension is. Made while the generation is empty it costs nothing.
-- The process that asks owns no table, hence the definer's rights.
CREATE FUNCTION memori.index_vectors(p_generation integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  home text;
  size integer;
  kind text;
BEGIN
  SELECT e.extnamespace::regnamespace::text INTO home FROM pg_extension e WHERE e.extname = 'vector';
  SELECT g.dimensions INTO size FROM memori.vector_generations g WHERE g.id = p_generation;
  -- An index takes 2,000 dimensions as they are, twice as many at half precision, and no more.
  kind := CASE WHEN size <= 2000 THEN 'vector' WHEN size <= 4000 THEN 'halfvec' END;
  IF home IS NULL OR kind IS NULL THEN RETURN; END IF;
  EXECUTE format(
    'CREATE INDEX IF NOT EXISTS memory_vectors_hnsw_%s ON memori.memory_vectors USING hnsw ((embedding::%s.%s(%s)) %s.%s_cosine_ops) WHERE generation = %s AND embedding IS NOT NULL',
    p_generation, home, kind, size, home, kind, p_generation);
END
$$;
REVOKE ALL ON FUNCTION memori.index_vectors(integer) FROM PUBLIC;
