-- The questions of one session are answered in the order in which they were asked: each sees what was said before it.

CREATE INDEX questions_open_by_session ON memori.questions (session_id, created_at, id) WHERE status IN ('queued', 'running');

-- Whether an earlier question of its session is not answered yet.
CREATE FUNCTION memori.waits_for_session(q memori.questions) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM memori.questions e WHERE e.session_id = q.session_id AND e.status IN ('queued', 'running')
    AND (e.created_at, e.id) < (q.created_at, q.id))
$$;

-- Whoever takes questions from the line looks when the one that another waited for has ended.
CREATE FUNCTION memori.tell_session_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM memori.questions q WHERE q.session_id = NEW.session_id AND q.status = 'queued') THEN
    PERFORM pg_notify('memori_session_line', '');
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER questions_tell_session AFTER UPDATE OF status ON memori.questions FOR EACH ROW
  WHEN (OLD.status IN ('queued', 'running') AND NEW.status NOT IN ('queued', 'running'))
  EXECUTE FUNCTION memori.tell_session_line();

-- As in 0008, but for the order of a session.
CREATE OR REPLACE FUNCTION memori.questions_ahead() RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (SELECT FROM memori.questions q
                 WHERE status = 'queued' AND (wait_reason = 'no-slot' OR run_after <= clock_timestamp())
                   AND NOT memori.waits_for_session(q))
$$;

-- As in 0008, but for the order of a session.
CREATE OR REPLACE FUNCTION memori.begin_question(body json, may_run boolean, worker text, claim_ms integer, max_waiting integer)
RETURNS TABLE (outcome text, fence bigint, behind boolean, created_at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
  new          memori.questions := json_populate_record(NULL::memori.questions, body);
  others_ahead boolean;
BEGIN
  PERFORM memori.enter('*', '*');
  others_ahead := memori.questions_ahead();
  -- The session is locked by the one who asks: of two that come at once the second sees the first.
  IF EXISTS (SELECT FROM memori.questions e WHERE e.session_id = new.session_id AND e.status IN ('queued', 'running')) THEN
    may_run := false;
  END IF;
  IF NOT may_run THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('memori.question_line', 0));
    IF (SELECT count(*) FROM memori.questions WHERE status = 'queued') >= max_waiting THEN
      RETURN QUERY SELECT 'full', 0::bigint, true, clock_timestamp();
      RETURN;
    END IF;
  END IF;
  PERFORM memori.enter(new.tenant_id, new.user_id);
  new.created_at := clock_timestamp();
  new.fence := CASE WHEN may_run THEN nextval('memori.question_fences') ELSE 0 END;
  INSERT INTO memori.questions (id, tenant_id, user_id, roles, api_key_id, acted_by, request_id, session_id,
    data_source_id, question, input, created_at, run_after, status, has_waited, fence, claimed_by, claim_expires_at, started_at)
  VALUES (new.id, new.tenant_id, new.user_id, new.roles, new.api_key_id, new.acted_by, new.request_id, new.session_id,
    new.data_source_id, new.question, new.input, new.created_at, new.created_at,
    CASE WHEN may_run THEN 'running' ELSE 'queued' END, NOT may_run, new.fence,
    CASE WHEN may_run THEN worker END,
    CASE WHEN may_run THEN new.created_at + make_interval(secs => claim_ms / 1000.0) END,
    CASE WHEN may_run THEN new.created_at END);
  new.status := CASE WHEN may_run THEN 'running' ELSE 'queued' END;
  PERFORM memori.add_question_event(new.id, 'status', json_build_object('status', new.status));
  RETURN QUERY SELECT new.status, new.fence, others_ahead, new.created_at;
END
$$;

-- As in 0016, but for the order of a session.
CREATE OR REPLACE FUNCTION memori.interactive_waits() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN EXISTS (SELECT FROM memori.questions q WHERE q.status = 'queued' AND NOT memori.is_background(q) AND NOT memori.waits_for_session(q)
    AND (q.wait_reason = 'no-slot' OR q.run_after <= clock_timestamp()));
END
$$;

-- As in 0016, but for the order of a session.
CREATE OR REPLACE FUNCTION memori.claim_question(worker text, claim_ms integer, per_user integer, slot_freed boolean,
  skip jsonb DEFAULT '[]', room integer DEFAULT NULL) RETURNS SETOF memori.questions LANGUAGE plpgsql AS $$
DECLARE
  clock    memori.service_clock;
  chosen   record;
  may_wake boolean;
  blocked  uuid[];
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  clock := memori.lock_service();
  -- Mostly none. Found by one sort: asked of each row, a planner without statistics would compare all with all.
  blocked := ARRAY(SELECT o.id FROM (
    SELECT e.id, row_number() OVER (PARTITION BY e.session_id ORDER BY e.created_at, e.id) AS place
    FROM memori.questions e WHERE e.status IN ('queued', 'running')) AS o WHERE o.place > 1);
  may_wake := room IS NULL OR (SELECT count(*) FROM memori.questions WHERE status = 'running') < room;
  IF may_wake AND NOT slot_freed THEN
    may_wake := EXISTS (SELECT FROM memori.questions q WHERE q.status = 'queued' AND memori.waits_for_slot(q)
      AND q.run_after <= clock_timestamp() AND q.id <> ALL (blocked));
  END IF;
  WITH busy AS MATERIALIZED (
    SELECT tenant_id, user_id, count(*) AS running FROM memori.questions WHERE status = 'running' GROUP BY 1, 2
  )
  SELECT q.id, q.tenant_id, q.user_id, greatest(coalesce(t.served, 0), clock.tag) AS tenant_tag,
    greatest(coalesce(u.served, 0), coalesce(t.user_clock, 0)) AS user_tag
  INTO chosen
  FROM memori.questions q
  LEFT JOIN busy b ON b.tenant_id = q.tenant_id AND b.user_id = q.user_id
  LEFT JOIN memori.tenant_service t ON t.tenant_id = q.tenant_id
  LEFT JOIN memori.user_service u ON u.tenant_id = q.tenant_id AND u.user_id = q.user_id
  WHERE q.status = 'queued' AND q.id <> ALL (blocked) AND coalesce(b.running, 0) < per_user * (1 + slot_freed::integer)
    AND CASE WHEN memori.waits_for_slot(q) THEN may_wake ELSE q.run_after <= clock_timestamp() END
    AND NOT skip @> jsonb_build_array(jsonb_build_array(q.tenant_id, q.user_id))
  ORDER BY memori.is_background(q), greatest(coalesce(t.served, 0), clock.tag),
    -- Among equal tenants: how far each is ahead of the least of his own.
    greatest(coalesce(u.served, 0) - coalesce(t.user_clock, 0), 0), coalesce(b.running, 0), q.created_at, q.id
  LIMIT 1 FOR UPDATE OF q SKIP LOCKED;
  IF chosen.id IS NULL THEN RETURN; END IF;

  UPDATE memori.service_clock SET tag = chosen.tenant_tag WHERE tag < chosen.tenant_tag;
  INSERT INTO memori.tenant_service AS t (tenant_id, served, user_clock)
  VALUES (chosen.tenant_id, chosen.tenant_tag + clock.typical, chosen.user_tag)
  ON CONFLICT (tenant_id) DO UPDATE SET served = excluded.served, user_clock = greatest(t.user_clock, excluded.user_clock);
  INSERT INTO memori.user_service (tenant_id, user_id, served)
  VALUES (chosen.tenant_id, chosen.user_id, chosen.user_tag + clock.typical)
  ON CONFLICT (tenant_id, user_id) DO UPDATE SET served = excluded.served;
  UPDATE memori.questions SET status = 'running', fence = nextval('memori.question_fences'), claimed_by = worker,
    claim_expires_at = clock_timestamp() + make_interval(secs => claim_ms / 1000.0),
    started_at = coalesce(started_at, clock_timestamp()), wait_reason = NULL, charged_tokens = clock.typical
  WHERE id = chosen.id;
  PERFORM memori.add_question_event(chosen.id, 'status', '{"status":"running"}');
  RETURN QUERY SELECT * FROM memori.questions WHERE id = chosen.id;
END
$$;
