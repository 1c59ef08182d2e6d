CREATE OR REPLACE FUNCTION memori.record_turns(
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

ALTER TABLE memori.turns DROP COLUMN traits;
