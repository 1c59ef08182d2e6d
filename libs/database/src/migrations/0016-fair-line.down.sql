DROP FUNCTION memori.interactive_waits(), memori.forget_service(), memori.charge_service(jsonb),
  memori.claim_question(text, integer, integer, boolean, jsonb, integer), memori.lock_service(),
  memori.waits_for_slot(memori.questions), memori.is_background(memori.questions);
ALTER TABLE memori.questions DROP COLUMN charged_tokens;
DROP TABLE memori.user_service, memori.tenant_service, memori.service_clock;

-- When each user was last given a turn: among equals, whoever waited longest for one goes first.
CREATE TABLE memori.question_turns_taken (
  tenant_id text NOT NULL REFERENCES memori.tenants (id),
  user_id   text NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);
SELECT memori.wall('memori.question_turns_taken', by_user => true);

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
