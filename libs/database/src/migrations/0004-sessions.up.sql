-- Sessions, what was said in them, and the version of each namespace that copies in memory are compared with.

-- One source for all versions: a version that was taken by a transaction that rolled back, or by rows that are gone,
-- never comes again, so a copy in memory can never be taken for another state of the same age.
CREATE SEQUENCE memori.scope_version;

CREATE TABLE memori.sessions (
  id             uuid PRIMARY KEY,
  tenant_id      text NOT NULL REFERENCES memori.tenants (id),
  user_id        text NOT NULL,
  external_id    text,
  namespace      text NOT NULL CHECK (namespace <> ''),
  title          text,
  isolated       boolean NOT NULL DEFAULT false,
  ttl_seconds    integer NOT NULL CHECK (ttl_seconds > 0),
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_active_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at     timestamptz NOT NULL,
  archived_at    timestamptz,
  version        bigint NOT NULL DEFAULT nextval('memori.scope_version'),
  last_seq       integer NOT NULL DEFAULT 0,
  UNIQUE (tenant_id, user_id, external_id)
);
CREATE INDEX sessions_by_user ON memori.sessions (tenant_id, user_id, id);
CREATE INDEX sessions_by_expiry ON memori.sessions (expires_at);

-- Everything that may be recalled in one user's namespace. user_id '' is the whole tenant. The row is locked by every
-- write to its namespace until the commit, so versions become visible in their order; `erased` is the version of the
-- last change that was not an addition: a copy older than that is built anew.
CREATE TABLE memori.namespaces (
  tenant_id text NOT NULL REFERENCES memori.tenants (id),
  user_id   text NOT NULL,
  namespace text NOT NULL,
  version   bigint NOT NULL,
  erased    bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, user_id, namespace)
);

CREATE TABLE memori.turns (
  id            uuid PRIMARY KEY,
  tenant_id     text NOT NULL REFERENCES memori.tenants (id),
  user_id       text NOT NULL,
  session_id    uuid NOT NULL REFERENCES memori.sessions (id) ON DELETE CASCADE,
  namespace     text NOT NULL,
  isolated      boolean NOT NULL,
  seq           integer NOT NULL,
  role          text NOT NULL CHECK (role IN ('user', 'assistant', 'system', 'tool')),
  name          text,
  content       text NOT NULL,
  external_id   text,
  occurred_at   timestamptz NOT NULL,
  recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  question_id   uuid,
  sql           text,
  result_shape  jsonb,
  -- Search tokens made by the application, one element a passage, joined by blanks, and where each passage ends.
  -- No GIN index: row level security keeps PostgreSQL from using one, since && and @@ are not leakproof.
  terms         text[] NOT NULL,
  passage_ends  integer[] NOT NULL,
  scope_version bigint NOT NULL,
  UNIQUE (session_id, seq),
  UNIQUE (session_id, external_id)
);
CREATE INDEX turns_by_namespace ON memori.turns (tenant_id, user_id, namespace, scope_version) WHERE NOT isolated;

-- A new version of a namespace; its row stays locked until the end of the transaction. Taken after the session's lock.
-- A row that is new counts as an erasure: copies made before an earlier row went are stale.
CREATE FUNCTION memori.touch_namespace(p_tenant text, p_user text, p_namespace text, p_erases boolean DEFAULT false)
RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO memori.namespaces AS n (tenant_id, user_id, namespace, version, erased)
  SELECT p_tenant, p_user, p_namespace, v, v FROM (SELECT nextval('memori.scope_version') AS v) AS fresh
  ON CONFLICT (tenant_id, user_id, namespace) DO UPDATE SET (version, erased) =
    (SELECT v, CASE WHEN p_erases THEN v ELSE n.erased END FROM (SELECT nextval('memori.scope_version') AS v) AS next)
  RETURNING version
$$;

-- A session for one use: found, or opened when none is asked for or its external id is unknown. Slides its expiry.
-- state: 'opened', 'resumed'; or 'unknown', 'expired', 'archived', and nothing was changed.
CREATE FUNCTION memori.resume_session(
  p_tenant text, p_user text, p_id uuid, p_external text, p_new_id uuid, p_namespace text, p_ttl integer,
  OUT state text, OUT session memori.sessions
) LANGUAGE plpgsql AS $$
BEGIN
  LOOP
    IF p_id IS NOT NULL THEN
      SELECT * INTO session FROM memori.sessions s
      WHERE s.id = p_id AND s.tenant_id = p_tenant AND s.user_id = p_user FOR NO KEY UPDATE;
    ELSIF p_external IS NOT NULL THEN
      SELECT * INTO session FROM memori.sessions s
      WHERE s.tenant_id = p_tenant AND s.user_id = p_user AND s.external_id = p_external FOR NO KEY UPDATE;
    END IF;
    EXIT WHEN p_id IS NOT NULL OR session.id IS NOT NULL;
    INSERT INTO memori.sessions AS s (id, tenant_id, user_id, external_id, namespace, ttl_seconds, expires_at)
    VALUES (p_new_id, p_tenant, p_user, p_external, p_namespace, p_ttl, clock_timestamp() + make_interval(secs => p_ttl))
    ON CONFLICT (tenant_id, user_id, external_id) DO NOTHING
    RETURNING s.* INTO session;
    state := 'opened';
    IF session.id IS NOT NULL THEN RETURN; END IF;
    -- Somebody else opened it in the meantime: take his.
  END LOOP;
  state := CASE WHEN session.id IS NULL THEN 'unknown'
                WHEN session.expires_at <= clock_timestamp() THEN 'expired'
                WHEN session.archived_at IS NOT NULL THEN 'archived'
                ELSE 'resumed' END;
  IF state <> 'resumed' THEN RETURN; END IF;
  UPDATE memori.sessions s
  SET last_active_at = clock_timestamp(), expires_at = clock_timestamp() + make_interval(secs => s.ttl_seconds)
  WHERE s.id = session.id RETURNING s.* INTO session;
END
$$;

-- Appends turns under the session's lock. A turn whose external id the session (or the batch) holds already is not
-- written again; its answer is the id of the first. Whether the session takes turns at all was decided on resuming it:
-- an answer that comes after an archiving is still recorded.
CREATE FUNCTION memori.record_turns(
  p_tenant text, p_user text, p_session uuid, p_turns jsonb,
  OUT previous_version bigint, OUT version bigint, OUT turns jsonb
) LANGUAGE plpgsql AS $$
DECLARE
  s       memori.sessions;
  scoped  bigint;
  written integer;
BEGIN
  SELECT * INTO s FROM memori.sessions x
  WHERE x.id = p_session AND x.tenant_id = p_tenant AND x.user_id = p_user FOR NO KEY UPDATE;
  IF s.id IS NULL THEN RETURN; END IF;
  previous_version := s.version;
  version := nextval('memori.scope_version');
  scoped := CASE WHEN s.isolated THEN version ELSE memori.touch_namespace(p_tenant, p_user, s.namespace) END;
  INSERT INTO memori.turns (id, tenant_id, user_id, session_id, namespace, isolated, seq, role, name, content, external_id,
                            occurred_at, question_id, sql, result_shape, terms, passage_ends, scope_version)
  SELECT g.id, p_tenant, p_user, p_session, s.namespace, s.isolated, s.last_seq + row_number() OVER (ORDER BY g.ordinal),
         g.role, g.name, g.content, g.external_id, coalesce(g.occurred_at, clock_timestamp()), g.question_id, g.sql,
         g.result_shape, g.terms, g.passage_ends, scoped
  FROM (
    SELECT t.*, row_number() OVER (PARTITION BY t.external_id ORDER BY t.ordinal) AS occurrence
    FROM ROWS FROM (jsonb_to_recordset(p_turns) AS (
      id uuid, role text, name text, content text, external_id text, occurred_at timestamptz, question_id uuid, sql text,
      result_shape jsonb, terms text[], passage_ends integer[])) WITH ORDINALITY
      AS t(id, role, name, content, external_id, occurred_at, question_id, sql, result_shape, terms, passage_ends, ordinal)
  ) AS g
  WHERE g.external_id IS NULL OR (g.occurrence = 1 AND NOT EXISTS (
    SELECT FROM memori.turns old WHERE old.session_id = p_session AND old.external_id = g.external_id));
  GET DIAGNOSTICS written = ROW_COUNT;
  UPDATE memori.sessions x
  SET last_seq = x.last_seq + written, version = record_turns.version, last_active_at = clock_timestamp(),
      expires_at = CASE WHEN x.expires_at > clock_timestamp()
                        THEN clock_timestamp() + make_interval(secs => x.ttl_seconds) ELSE x.expires_at END
  WHERE x.id = p_session;
  SELECT jsonb_agg(jsonb_build_object('id', coalesce(t.id, g.id), 'created', t.id IS NULL OR t.id = g.id) ORDER BY g.ordinal)
  INTO turns
  FROM ROWS FROM (jsonb_to_recordset(p_turns) AS (id uuid, external_id text)) WITH ORDINALITY AS g(id, external_id, ordinal)
  LEFT JOIN memori.turns t ON t.session_id = p_session AND t.external_id = g.external_id;
END
$$;

SELECT memori.wall('memori.sessions', by_user => true);
SELECT memori.wall('memori.namespaces', by_user => true);
SELECT memori.wall('memori.turns', by_user => true);

CREATE TRIGGER sessions_forget_replies AFTER DELETE ON memori.sessions REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION memori.forget_replies('POST /v1/sessions%', 'user_id');
