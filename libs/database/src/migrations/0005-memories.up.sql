-- Memories: what was told to be kept, and (later) what was drawn from turns. Their history goes with them.

CREATE TABLE memori.memories (
  id               uuid PRIMARY KEY,
  tenant_id        text NOT NULL REFERENCES memori.tenants (id),
  -- Null: the memory belongs to the whole tenant.
  user_id          text,
  scope            text NOT NULL CHECK (scope IN ('user', 'tenant', 'session')),
  -- Null: every namespace of the tenant.
  namespace        text,
  session_id       uuid REFERENCES memori.sessions (id) ON DELETE CASCADE,
  isolated         boolean NOT NULL DEFAULT false,
  category         text NOT NULL CHECK (category IN ('fact', 'preference', 'rule', 'skill', 'context')),
  content          text NOT NULL,
  importance       real NOT NULL CHECK (importance BETWEEN 0 AND 1),
  origin           text NOT NULL CHECK (origin IN ('told', 'drawn')),
  source_turn_ids  uuid[] NOT NULL DEFAULT '{}',
  valid_from       timestamptz,
  valid_to         timestamptz,
  version          integer NOT NULL DEFAULT 1,
  created_by       text NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Search tokens made by the application, joined by blanks.
  terms            text NOT NULL,
  scope_version    bigint NOT NULL,
  CHECK ((scope = 'tenant') = (user_id IS NULL)),
  CHECK ((scope = 'session') = (session_id IS NOT NULL)),
  CHECK (scope = 'tenant' OR namespace IS NOT NULL)
);
CREATE INDEX memories_by_user ON memori.memories (tenant_id, user_id, namespace, scope_version);
CREATE INDEX memories_by_session ON memori.memories (session_id) WHERE session_id IS NOT NULL;

-- Every state that a memory had, the present one included.
CREATE TABLE memori.memory_history (
  memory_id  uuid NOT NULL REFERENCES memori.memories (id) ON DELETE CASCADE,
  version    integer NOT NULL,
  tenant_id  text NOT NULL REFERENCES memori.tenants (id),
  user_id    text,
  category   text NOT NULL,
  content    text NOT NULL,
  importance real NOT NULL,
  valid_from timestamptz,
  valid_to   timestamptz,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (memory_id, version)
);

-- Users read what belongs to their tenant as a whole; only the scope of the whole tenant (user '*') writes it.
SELECT memori.wall('memori.memories', by_user => true);
SELECT memori.wall('memori.memory_history', by_user => true);
CREATE POLICY tenant_wide ON memori.memories FOR SELECT
  USING ((SELECT current_setting('memori.tenant_id', true)) = tenant_id AND user_id IS NULL);
CREATE POLICY tenant_wide ON memori.memory_history FOR SELECT
  USING ((SELECT current_setting('memori.tenant_id', true)) = tenant_id AND user_id IS NULL);
CREATE POLICY tenant_wide ON memori.namespaces FOR SELECT
  USING ((SELECT current_setting('memori.tenant_id', true)) = tenant_id AND user_id = '');

-- Erases a session, a namespace, or with both null all that a user said and kept: turns, memories, their history, and
-- memories drawn from turns that are gone. Every namespace that lost something learns it.
CREATE FUNCTION memori.forget(
  p_tenant text, p_user text, p_session uuid, p_namespace text,
  OUT sessions integer, OUT turns integer, OUT memories integer
) LANGUAGE plpgsql AS $$
DECLARE
  gone_turns uuid[];
BEGIN
  PERFORM FROM memori.sessions s
  WHERE s.tenant_id = p_tenant AND s.user_id = p_user AND (p_session IS NULL OR s.id = p_session)
    AND (p_namespace IS NULL OR s.namespace = p_namespace)
  ORDER BY s.id FOR UPDATE;
  SELECT coalesce(array_agg(t.id), '{}') INTO gone_turns FROM memori.turns t
  WHERE t.tenant_id = p_tenant AND t.user_id = p_user AND (p_session IS NULL OR t.session_id = p_session)
    AND (p_namespace IS NULL OR t.namespace = p_namespace);
  turns := cardinality(gone_turns);
  -- The namespace's lock comes after the session's, before the memories': as everywhere.
  PERFORM memori.touch_namespace(p_tenant, p_user, n.namespace, true) FROM (
    SELECT s.namespace FROM memori.sessions s
    WHERE s.tenant_id = p_tenant AND s.user_id = p_user AND (p_session IS NULL OR s.id = p_session)
      AND (p_namespace IS NULL OR s.namespace = p_namespace)
    UNION SELECT m.namespace FROM memori.memories m
    WHERE m.tenant_id = p_tenant AND m.user_id = p_user AND p_session IS NULL AND (p_namespace IS NULL OR m.namespace = p_namespace)
    ORDER BY 1) AS n;
  DELETE FROM memori.memories m
  WHERE m.tenant_id = p_tenant AND m.user_id = p_user AND (
    (p_session IS NULL AND (p_namespace IS NULL OR m.namespace = p_namespace)) OR m.session_id = p_session
    OR (m.source_turn_ids <> '{}' AND m.source_turn_ids <@ gone_turns));
  GET DIAGNOSTICS memories = ROW_COUNT;
  UPDATE memori.memories m
  SET source_turn_ids = ARRAY(SELECT u FROM unnest(m.source_turn_ids) u WHERE u <> ALL (gone_turns))
  WHERE m.tenant_id = p_tenant AND m.user_id = p_user AND m.source_turn_ids && gone_turns;
  DELETE FROM memori.sessions s
  WHERE s.tenant_id = p_tenant AND s.user_id = p_user AND (p_session IS NULL OR s.id = p_session)
    AND (p_namespace IS NULL OR s.namespace = p_namespace);
  GET DIAGNOSTICS sessions = ROW_COUNT;
  -- Once nothing is left, not even the name of the namespace stays.
  DELETE FROM memori.namespaces n
  WHERE n.tenant_id = p_tenant AND n.user_id = p_user AND p_session IS NULL AND (p_namespace IS NULL OR n.namespace = p_namespace);
END
$$;

CREATE TRIGGER memories_forget_replies AFTER DELETE ON memori.memories REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION memori.forget_replies('POST /v1/memories%', 'created_by');
