-- Questions: the truth about each, and the waiting line of those that are not answered yet.

-- Rises with every claim. A write of a run counts only while the row still carries the number of its claim.
CREATE SEQUENCE memori.question_fences;

CREATE TABLE memori.questions (
  id               uuid PRIMARY KEY,
  tenant_id        text NOT NULL REFERENCES memori.tenants (id),
  user_id          text NOT NULL,
  -- Whoever runs the question later does it with the rights of the one who asked.
  roles            text[] NOT NULL,
  api_key_id       uuid,
  acted_by         text,
  request_id       text,
  session_id       uuid NOT NULL REFERENCES memori.sessions (id) ON DELETE CASCADE,
  data_source_id   uuid NOT NULL,
  question         text NOT NULL,
  input            json NOT NULL,
  status           text NOT NULL CHECK (status IN
    ('queued', 'running', 'answered', 'clarification', 'refused', 'failed', 'cancelled')),
  -- Somebody besides the asker waits for it, so the asker's lost connection does not cancel it.
  shared           boolean NOT NULL DEFAULT false,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  run_after        timestamptz NOT NULL DEFAULT clock_timestamp(),
  wait_reason      text,
  -- It stood in the line before: however long the line is now, it may go back to its place.
  has_waited       boolean NOT NULL DEFAULT false,
  attempts         integer NOT NULL DEFAULT 0,
  lost_claims      integer NOT NULL DEFAULT 0,
  claimed_by       text,
  claim_expires_at timestamptz,
  fence            bigint NOT NULL DEFAULT 0,
  started_at       timestamptz,
  finished_at      timestamptz,
  -- What earlier runs spent and tried, so that a run after a wait goes on instead of paying again.
  progress         json,
  answer           json,
  error            json,
  context          bytea,
  last_event       integer NOT NULL DEFAULT 0,
  rows_sealed      bytea,
  rows_kept        integer NOT NULL DEFAULT 0,
  rows_kept_until  timestamptz
);
CREATE INDEX questions_in_line ON memori.questions (created_at, id) WHERE status = 'queued';
CREATE INDEX questions_running ON memori.questions (tenant_id, user_id) WHERE status = 'running';
CREATE INDEX questions_by_user ON memori.questions (tenant_id, user_id, id);
CREATE INDEX questions_by_session ON memori.questions (session_id, id);
CREATE INDEX questions_with_rows ON memori.questions (rows_kept_until) WHERE rows_sealed IS NOT NULL;
SELECT memori.wall('memori.questions', by_user => true);

-- When each user was last given a turn: among equals, whoever waited longest for one goes first.
CREATE TABLE memori.question_turns_taken (
  tenant_id text NOT NULL REFERENCES memori.tenants (id),
  user_id   text NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);
SELECT memori.wall('memori.question_turns_taken', by_user => true);

-- What happened to a question, numbered per question, so that a stream can be resumed. Rows are not in here: an event
-- 'rows' says which part of the encrypted rows it stands for. 'done' and 'error' stand for the row of the question.
CREATE TABLE memori.question_events (
  question_id uuid NOT NULL REFERENCES memori.questions (id) ON DELETE CASCADE,
  id          integer NOT NULL,
  tenant_id   text NOT NULL REFERENCES memori.tenants (id),
  user_id     text NOT NULL,
  type        text NOT NULL CHECK (type IN ('status', 'delta', 'sql', 'rows', 'done', 'error')),
  data        json,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (question_id, id)
);
SELECT memori.wall('memori.question_events', by_user => true);

CREATE TABLE memori.idempotency_keys (
  tenant_id   text NOT NULL REFERENCES memori.tenants (id),
  user_id     text NOT NULL,
  route       text NOT NULL,
  key         text NOT NULL,
  body_hash   bytea NOT NULL,
  -- Taken before the question is written, in one transaction; erased with it.
  question_id uuid NOT NULL REFERENCES memori.questions (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id, route, key)
);
CREATE INDEX idempotency_keys_by_question ON memori.idempotency_keys (question_id);
CREATE INDEX idempotency_keys_by_expiry ON memori.idempotency_keys (expires_at);
SELECT memori.wall('memori.idempotency_keys', by_user => true);

CREATE TABLE memori.question_feedback (
  id            uuid PRIMARY KEY,
  tenant_id     text NOT NULL REFERENCES memori.tenants (id),
  user_id       text NOT NULL,
  question_id   uuid NOT NULL REFERENCES memori.questions (id) ON DELETE CASCADE,
  verdict       text NOT NULL CHECK (verdict IN ('correct', 'incorrect')),
  rating        smallint CHECK (rating BETWEEN 1 AND 5),
  corrected_sql text,
  note          text,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX question_feedback_by_question ON memori.question_feedback (question_id, id);
SELECT memori.wall('memori.question_feedback', by_user => true);

-- Appends events; the caller has entered the scope. NULL data: the reader fills it in.
CREATE FUNCTION memori.add_question_event(qid uuid, kind text, body json) RETURNS integer LANGUAGE sql AS $$
  WITH numbered AS (
    UPDATE memori.questions SET last_event = last_event + 1 WHERE id = qid RETURNING *
  )
  INSERT INTO memori.question_events (question_id, id, tenant_id, user_id, type, data)
  SELECT n.id, n.last_event, n.tenant_id, n.user_id, kind, body FROM numbered n RETURNING id
$$;

-- Whether any question waits that a new one must not overtake: ready to run, or waiting for a slot.
CREATE FUNCTION memori.questions_ahead() RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (SELECT FROM memori.questions
                 WHERE status = 'queued' AND (wait_reason = 'no-slot' OR run_after <= clock_timestamp()))
$$;

-- Writes a new question inside the transaction of the one who asks, claimed at once when the process may run it.
-- outcome: 'running', 'queued' or 'full' (nothing written).
CREATE FUNCTION memori.begin_question(body json, may_run boolean, worker text, claim_ms integer, max_waiting integer)
RETURNS TABLE (outcome text, fence bigint, behind boolean, created_at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
  new          memori.questions := json_populate_record(NULL::memori.questions, body);
  others_ahead boolean;
BEGIN
  PERFORM memori.enter('*', '*');
  others_ahead := memori.questions_ahead();
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

-- The fairest waiting question: of the user with the fewest running, then of the one served least recently, then the
-- oldest. `slot_freed` also wakes those that wait for a slot before their time; of the user whose call just ended one
-- question still counts as running, so his next is let in as well. Losing a claim in a crash costs time only.
CREATE FUNCTION memori.claim_question(worker text, claim_ms integer, per_user integer, slot_freed boolean)
RETURNS SETOF memori.questions LANGUAGE plpgsql AS $$
DECLARE
  chosen uuid;
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  WITH busy AS MATERIALIZED (
    SELECT tenant_id, user_id, count(*) AS running FROM memori.questions WHERE status = 'running' GROUP BY 1, 2
  )
  SELECT q.id INTO chosen
  FROM memori.questions q
  LEFT JOIN busy b ON b.tenant_id = q.tenant_id AND b.user_id = q.user_id
  LEFT JOIN memori.question_turns_taken t ON t.tenant_id = q.tenant_id AND t.user_id = q.user_id
  WHERE q.status = 'queued' AND coalesce(b.running, 0) < per_user * (1 + slot_freed::integer)
    AND (q.run_after <= clock_timestamp() OR (slot_freed AND q.wait_reason = 'no-slot'))
  ORDER BY coalesce(b.running, 0), t.at NULLS FIRST, q.created_at, q.id
  LIMIT 1 FOR UPDATE OF q SKIP LOCKED;
  IF chosen IS NULL THEN RETURN; END IF;
  INSERT INTO memori.question_turns_taken AS t (tenant_id, user_id, at)
  SELECT tenant_id, user_id, clock_timestamp() FROM memori.questions WHERE id = chosen
  ON CONFLICT (tenant_id, user_id) DO UPDATE SET at = excluded.at;
  UPDATE memori.questions SET status = 'running', fence = nextval('memori.question_fences'), claimed_by = worker,
    claim_expires_at = clock_timestamp() + make_interval(secs => claim_ms / 1000.0),
    started_at = coalesce(started_at, clock_timestamp()), wait_reason = NULL
  WHERE id = chosen;
  PERFORM memori.add_question_event(chosen, 'status', '{"status":"running"}');
  RETURN QUERY SELECT * FROM memori.questions WHERE id = chosen;
END
$$;

-- The claims that are still ours, prolonged. Those that are missing from the answer are lost.
CREATE FUNCTION memori.renew_question_claims(ids uuid[], fences bigint[], claim_ms integer)
RETURNS SETOF uuid LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  RETURN QUERY UPDATE memori.questions q
    SET claim_expires_at = clock_timestamp() + make_interval(secs => claim_ms / 1000.0)
    FROM unnest(ids, fences) AS held (id, fence)
    WHERE q.id = held.id AND q.fence = held.fence AND q.status = 'running'
    RETURNING q.id;
END
$$;

-- Back to the line. 'queued', 'lost' (the claim was not ours any more) or 'full' (nothing written: it may not wait).
-- A question that waited before keeps its place, however long the line has become. Who waits for a slot is woken when one
-- is freed, and looks by himself the more rarely the longer the line is: `delay_ms` comes back as it was made.
CREATE FUNCTION memori.requeue_question(qid uuid, held_fence bigint, INOUT delay_ms integer, reason text,
  counts boolean, so_far json, max_waiting integer, OUT outcome text) LANGUAGE plpgsql AS $$
DECLARE
  mine    memori.questions;
  waiting bigint;
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.question_line', 0));
  SELECT * INTO mine FROM memori.questions WHERE id = qid AND fence = held_fence AND status = 'running' FOR UPDATE;
  IF NOT FOUND THEN
    outcome := 'lost';
    RETURN;
  END IF;
  SELECT count(*) INTO waiting FROM memori.questions WHERE status = 'queued';
  IF NOT mine.has_waited AND waiting >= max_waiting THEN
    outcome := 'full';
    RETURN;
  END IF;
  IF reason = 'no-slot' THEN delay_ms := greatest(delay_ms, least(30000, 2000 + 20 * waiting)); END IF;
  UPDATE memori.questions SET status = 'queued', has_waited = true, claimed_by = NULL, claim_expires_at = NULL,
    wait_reason = reason, fence = nextval('memori.question_fences'),
    run_after = clock_timestamp() + make_interval(secs => delay_ms / 1000.0),
    attempts = attempts + counts::integer, progress = coalesce(so_far, progress)
  WHERE id = qid;
  PERFORM memori.add_question_event(qid, 'status', json_build_object('status', 'queued', 'reason', reason, 'retryAfterMs', delay_ms));
  outcome := 'queued';
END
$$;

-- The last write of a run, in a transaction that also records turns and audit. False: the claim is lost, write nothing.
-- The events of the end come together: the SQL that passed the guard, the rows in parts of 200, then 'done' or 'error'.
CREATE FUNCTION memori.finish_question(qid uuid, held_fence bigint, outcome text, the_answer json, problem json,
  ended timestamptz, passed_sql json, sealed bytea, kept integer, keep_seconds integer, the_context bytea, forget_key boolean)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  mine   memori.questions;
  events integer := (passed_sql IS NOT NULL)::integer + 1
    + CASE WHEN kept IS NULL THEN 0 ELSE greatest(1, ceil(kept / 200.0)::integer) END;
BEGIN
  UPDATE memori.questions SET status = outcome, answer = the_answer, error = problem, finished_at = ended,
    claimed_by = NULL, claim_expires_at = NULL, progress = NULL, context = the_context,
    rows_sealed = sealed, rows_kept = coalesce(kept, 0),
    rows_kept_until = CASE WHEN sealed IS NOT NULL THEN clock_timestamp() + make_interval(secs => keep_seconds) END,
    last_event = last_event + events
  WHERE id = qid AND fence = held_fence AND status = 'running' RETURNING * INTO mine;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO memori.question_events (question_id, id, tenant_id, user_id, type, data)
  SELECT qid, mine.last_event - events + row_number() OVER (ORDER BY e.place, e.first_row),
    mine.tenant_id, mine.user_id, e.type, e.data
  FROM (
    SELECT 1, 0, 'sql', passed_sql WHERE passed_sql IS NOT NULL
    UNION ALL
    SELECT 2, first_row, 'rows', json_build_object('offset', first_row)
    FROM generate_series(0, greatest(kept - 1, 0), 200) AS first_row WHERE kept IS NOT NULL
    UNION ALL
    SELECT 3, 0, CASE WHEN problem IS NULL THEN 'done' ELSE 'error' END, NULL
  ) AS e (place, first_row, type, data);
  IF forget_key THEN DELETE FROM memori.idempotency_keys WHERE question_id = qid; END IF;
  RETURN true;
END
$$;

-- Ends a question from outside its run. The new fence makes every later write of the run a lost one.
CREATE FUNCTION memori.cancel_question(tenant text, usr text, qid uuid, unless_shared boolean, problem json)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter(tenant, usr);
  UPDATE memori.questions SET status = 'cancelled', error = problem, finished_at = clock_timestamp(),
    fence = nextval('memori.question_fences'), claimed_by = NULL, claim_expires_at = NULL
  WHERE id = qid AND status IN ('queued', 'running') AND NOT (unless_shared AND shared);
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM memori.add_question_event(qid, 'error', NULL);
  RETURN true;
END
$$;

-- Upkeep by the database's clock. `what`: 'requeued', 'timed-out' or 'lost'.
CREATE FUNCTION memori.sweep_questions(max_wait_s integer, max_lost integer, timeout_problem json, lost_problem json)
RETURNS TABLE (id uuid, what text) LANGUAGE plpgsql AS $$
DECLARE
  row_id uuid;
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  FOR row_id IN SELECT q.id FROM memori.questions q
    WHERE q.status = 'running' AND q.claim_expires_at < clock_timestamp() FOR UPDATE SKIP LOCKED
  LOOP
    UPDATE memori.questions q SET fence = nextval('memori.question_fences'), claimed_by = NULL, claim_expires_at = NULL,
      lost_claims = q.lost_claims + 1, has_waited = true, wait_reason = 'claim-lost', run_after = clock_timestamp(),
      status = CASE WHEN q.lost_claims + 1 >= max_lost THEN 'failed' ELSE 'queued' END,
      error = CASE WHEN q.lost_claims + 1 >= max_lost THEN lost_problem END,
      finished_at = CASE WHEN q.lost_claims + 1 >= max_lost THEN clock_timestamp() END
    WHERE q.id = row_id;
    SELECT q.id, CASE q.status WHEN 'failed' THEN 'lost' ELSE 'requeued' END INTO id, what
    FROM memori.questions q WHERE q.id = row_id;
    PERFORM memori.add_question_event(row_id, CASE what WHEN 'lost' THEN 'error' ELSE 'status' END,
      CASE what WHEN 'lost' THEN NULL ELSE '{"status":"queued","reason":"claim-lost"}'::json END);
    RETURN NEXT;
  END LOOP;
  FOR row_id IN SELECT q.id FROM memori.questions q
    WHERE q.status = 'queued' AND q.created_at < clock_timestamp() - make_interval(secs => max_wait_s) FOR UPDATE SKIP LOCKED
  LOOP
    UPDATE memori.questions q SET status = 'failed', error = timeout_problem, finished_at = clock_timestamp() WHERE q.id = row_id;
    PERFORM memori.add_question_event(row_id, 'error', NULL);
    id := row_id;
    what := 'timed-out';
    RETURN NEXT;
  END LOOP;
  UPDATE memori.questions q SET rows_sealed = NULL WHERE q.rows_sealed IS NOT NULL AND q.rows_kept_until < clock_timestamp();
  DELETE FROM memori.idempotency_keys k WHERE k.expires_at < clock_timestamp();
END
$$;

-- How the line looks to a sweeper: all that wait, and those that could run now.
CREATE FUNCTION memori.question_line_length() RETURNS TABLE (waiting bigint, ready bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN QUERY SELECT count(*), count(*) FILTER (WHERE run_after <= clock_timestamp())
    FROM memori.questions WHERE status = 'queued';
END
$$;

-- One question as its owner may see it, with its place in the line. `follow` marks it as awaited by more than the asker.
CREATE FUNCTION memori.read_question(tenant text, usr text, qid uuid, follow boolean, with_rows boolean)
RETURNS TABLE (q memori.questions, queue_position bigint, runs_in_ms double precision, has_rows boolean)
LANGUAGE plpgsql AS $$
DECLARE
  found_row memori.questions;
  place     bigint;
BEGIN
  PERFORM memori.enter(tenant, usr);
  IF follow THEN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE memori.questions SET shared = true WHERE id = qid AND status IN ('queued', 'running') AND NOT shared;
  END IF;
  SELECT * INTO found_row FROM memori.questions WHERE id = qid AND tenant_id = tenant AND user_id = usr;
  IF NOT FOUND THEN RETURN; END IF;
  IF found_row.status = 'queued' THEN
    PERFORM memori.enter('*', '*');
    SELECT count(*) INTO place FROM memori.questions other
    WHERE other.status = 'queued' AND (other.created_at, other.id) <= (found_row.created_at, found_row.id);
  END IF;
  has_rows := found_row.rows_sealed IS NOT NULL AND found_row.rows_kept_until > clock_timestamp();
  IF NOT (with_rows AND has_rows) THEN found_row.rows_sealed := NULL; END IF;
  found_row.context := NULL;
  q := found_row;
  queue_position := place;
  runs_in_ms := greatest(0, extract(epoch FROM found_row.run_after - clock_timestamp()) * 1000);
  RETURN NEXT;
END
$$;
