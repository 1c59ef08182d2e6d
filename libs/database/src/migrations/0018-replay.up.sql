-- Questions that failed for a passing reason can be asked again, and a waiting one can tell how long that takes.

CREATE INDEX questions_failed ON memori.questions (tenant_id, finished_at DESC, id DESC) WHERE status = 'failed';
CREATE INDEX questions_answered_lately ON memori.questions (finished_at DESC) WHERE status IN ('answered', 'clarification', 'refused');

-- Back into the line with the rights of the one who asked, under its id, with what it spent so far. Its time to wait starts
-- afresh, so that created_at does too. The error that it ended with stays in its events, in words of then.
-- 'queued', 'not-failed' (also: not for one of these reasons, or of another tenant) or 'full'.
CREATE FUNCTION memori.replay_question(tenant text, qid uuid, codes text[], max_waiting integer) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  failed memori.questions;
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.question_line', 0));
  SELECT * INTO failed FROM memori.questions
  WHERE id = qid AND tenant_id = tenant AND status = 'failed' AND error->>'code' = ANY (codes) FOR UPDATE;
  IF NOT FOUND THEN RETURN 'not-failed'; END IF;
  IF (SELECT count(*) FROM memori.questions WHERE status = 'queued') >= max_waiting THEN RETURN 'full'; END IF;
  UPDATE memori.question_events SET data = failed.error WHERE question_id = qid AND type = 'error' AND data IS NULL;
  UPDATE memori.questions SET status = 'queued', fence = nextval('memori.question_fences'), created_at = clock_timestamp(),
    run_after = clock_timestamp(), wait_reason = NULL, has_waited = true, attempts = 0, lost_claims = 0, started_at = NULL,
    finished_at = NULL, claimed_by = NULL, claim_expires_at = NULL, error = NULL, answer = NULL, context = NULL,
    rows_sealed = NULL, rows_kept = 0, rows_kept_until = NULL,
    progress = coalesce(failed.progress, CASE WHEN (failed.answer->'usage'->>'attempts')::int > 0 THEN json_build_object(
      'usage', (failed.answer->'usage')::jsonb - 'costUsd' || jsonb_build_object('costNanoUsd',
        round((failed.answer->'usage'->>'costUsd')::numeric * 1000000000)::bigint::text),
      'times', '{"contextMs": 0, "modelMs": 0, "guardMs": 0, "databaseMs": 0}'::json,
      'runMs', 0, 'rounds', '[]'::json, 'ran', '[]'::json) END)
  WHERE id = qid;
  PERFORM memori.add_question_event(qid, 'status', '{"status":"queued","reason":"replayed"}');
  RETURN 'queued';
END
$$;

-- What one question takes once it has its turn, in milliseconds: the median over the last 50 that a model answered within
-- an hour, of their time from asking to the end without their time in the line. Null: there were none.
CREATE FUNCTION memori.question_service_ms() RETURNS double precision LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY
      (last.answer->'timings'->>'totalMs')::double precision - (last.answer->'timings'->>'queueMs')::double precision)
    FROM (SELECT q.answer FROM memori.questions q
          WHERE q.status IN ('answered', 'clarification', 'refused') AND q.finished_at > clock_timestamp() - interval '1 hour'
            AND q.answer->>'source' = 'model'
          ORDER BY q.finished_at DESC LIMIT 50) AS last
  );
END
$$;
