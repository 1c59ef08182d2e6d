-- Turns that come from elsewhere, behind those that are there, each session in the order in which they come.
WITH given AS (
  SELECT t.*, row_number() OVER (PARTITION BY t.session_id ORDER BY t.ordinal) AS nth
  FROM ROWS FROM (jsonb_to_recordset($3) AS (
    id uuid, session_id uuid, role text, name text, content text, external_id text, occurred_at timestamptz,
    recorded_at timestamptz, question_id uuid, sql text, result_shape jsonb, terms text[], passage_ends integer[],
    traits smallint, scope_version bigint)) WITH ORDINALITY
    AS t(id, session_id, role, name, content, external_id, occurred_at, recorded_at, question_id, sql, result_shape, terms,
      passage_ends, traits, scope_version, ordinal)
), written AS (
  INSERT INTO memori.turns (id, tenant_id, user_id, session_id, namespace, isolated, seq, role, name, content, external_id,
    occurred_at, recorded_at, question_id, sql, result_shape, terms, passage_ends, traits, scope_version)
  SELECT g.id, $1, $2, s.id, s.namespace, s.isolated, s.last_seq + g.nth, g.role, g.name, g.content, g.external_id,
    coalesce(g.occurred_at, g.recorded_at, clock_timestamp()), coalesce(g.recorded_at, clock_timestamp()), g.question_id, g.sql,
    g.result_shape, g.terms, g.passage_ends, coalesce(g.traits, 0), coalesce(g.scope_version, nextval('memori.scope_version'))
  FROM given g JOIN memori.sessions s ON s.tenant_id = $1 AND s.user_id = $2 AND s.id = g.session_id
  ON CONFLICT (id) DO NOTHING
  RETURNING id, session_id, seq
), grown AS (
  UPDATE memori.sessions s SET last_seq = w.last_seq, version = nextval('memori.scope_version')
  FROM (SELECT session_id, max(seq) AS last_seq FROM written GROUP BY 1) AS w
  WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.id = w.session_id
)
SELECT id FROM written
