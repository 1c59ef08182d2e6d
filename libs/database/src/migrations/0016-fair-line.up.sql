-- The fair order of the waiting line: by tokens served, among tenants and then among the users of a tenant.
--
-- Start-time fair queueing (Goyal, Vin and Cheng, 1996) with the counters of "Fairness in Serving Large Language Models"
-- (Sheng et al., 2024): whoever was served least goes first; the clock of a level is the start tag of the last one that
-- went, and nobody starts below it, so that no credit is banked while one is away. What a question will cost is not known
-- when it is claimed: a typical one is charged then, and corrected when its run ends.
--
-- The tables are UNLOGGED: after a crash everybody begins anew, at the same place.

CREATE UNLOGGED TABLE memori.service_clock (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  -- Virtual time among tenants, in weighted tokens.
  tag     double precision NOT NULL DEFAULT 0,
  -- Tokens of a typical question, as a moving average.
  typical double precision NOT NULL DEFAULT 2000
);

CREATE UNLOGGED TABLE memori.tenant_service (
  tenant_id  text PRIMARY KEY REFERENCES memori.tenants (id) ON DELETE CASCADE,
  served     double precision NOT NULL,
  -- Virtual time among the users of this tenant.
  user_clock double precision NOT NULL DEFAULT 0
);

CREATE UNLOGGED TABLE memori.user_service (
  tenant_id text NOT NULL REFERENCES memori.tenants (id) ON DELETE CASCADE,
  user_id   text NOT NULL,
  served    double precision NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);
SELECT memori.wall('memori.tenant_service', by_user => false);
SELECT memori.wall('memori.user_service', by_user => true);

-- What the last claim charged for the question; corrected when the run ends.
ALTER TABLE memori.questions ADD COLUMN charged_tokens double precision NOT NULL DEFAULT 0;

CREATE FUNCTION memori.is_background(q memori.questions) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(q.input->>'background' = 'true', false)
$$;

CREATE FUNCTION memori.waits_for_slot(q memori.questions) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(q.wait_reason IN ('no-slot', 'others-first'), false)
$$;

-- One claim or charge after the other, each seeing what the one before wrote.
CREATE FUNCTION memori.lock_service() RETURNS memori.service_clock LANGUAGE plpgsql AS $$
DECLARE
  c memori.service_clock;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.service', 0));
  SELECT * INTO c FROM memori.service_clock;
  IF NOT FOUND THEN INSERT INTO memori.service_clock DEFAULT VALUES RETURNING * INTO c; END IF;
  RETURN c;
END
$$;

DROP FUNCTION memori.claim_question(text, integer, integer, boolean);
DROP TABLE memori.question_turns_taken;

-- The fairest waiting question: interactive before background, then of the tenant that was served least, then of his user
-- who was served least, then the oldest.
--
-- Those that wait for a slot are one line: whatever the reason to look, the fairest of them goes, not the one whose time
-- has come. `slot_freed` wakes them before their time; of the user whose call just ended one question still counts as
-- running, so his next is let in as well. While `room` questions run, the slots are as good as taken, and none of them is
-- woken to find that out; NULL: a slot is known to be free. `skip`: users, as [tenant, user], who were found to have
-- their share of slots. Losing a claim in a crash costs time only.
CREATE FUNCTION memori.claim_question(worker text, claim_ms integer, per_user integer, slot_freed boolean,
  skip jsonb DEFAULT '[]', room integer DEFAULT NULL) RETURNS SETOF memori.questions LANGUAGE plpgsql AS $$
DECLARE
  clock    memori.service_clock;
  chosen   record;
  may_wake boolean;
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  clock := memori.lock_service();
  may_wake := room IS NULL OR (SELECT count(*) FROM memori.questions WHERE status = 'running') < room;
  IF may_wake AND NOT slot_freed THEN
    may_wake := EXISTS (SELECT FROM memori.questions q WHERE q.status = 'queued' AND memori.waits_for_slot(q)
      AND q.run_after <= clock_timestamp());
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
  WHERE q.status = 'queued' AND coalesce(b.running, 0) < per_user * (1 + slot_freed::integer)
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

-- What runs used: a list of { tenant, user, tokens, charged }. `charged` is what the claim took for it; NULL: it was never
-- claimed from the line, since nobody waited. That much counts for one question only: a night alone makes no debt.
CREATE FUNCTION memori.charge_service(charges jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  clock memori.service_clock;
  c     record;
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  clock := memori.lock_service();
  FOR c IN SELECT * FROM jsonb_to_recordset(charges)
    AS r (tenant text, "user" text, tokens double precision, charged double precision)
  LOOP
    IF c.charged IS NULL THEN
      INSERT INTO memori.tenant_service AS t (tenant_id, served)
      SELECT id, clock.tag + c.tokens FROM memori.tenants WHERE id = c.tenant
      ON CONFLICT (tenant_id) DO UPDATE SET served = greatest(t.served, excluded.served);
      INSERT INTO memori.user_service AS u (tenant_id, user_id, served)
      SELECT t.tenant_id, c."user", t.user_clock + c.tokens FROM memori.tenant_service t WHERE t.tenant_id = c.tenant
      ON CONFLICT (tenant_id, user_id) DO UPDATE SET served = greatest(u.served, excluded.served);
    ELSE
      UPDATE memori.tenant_service SET served = served + c.tokens - c.charged WHERE tenant_id = c.tenant;
      UPDATE memori.user_service SET served = served + c.tokens - c.charged
      WHERE tenant_id = c.tenant AND user_id = c."user";
    END IF;
    IF c.tokens > 0 THEN
      UPDATE memori.service_clock SET typical = 0.9 * typical + 0.1 * c.tokens RETURNING * INTO clock;
    END IF;
  END LOOP;
END
$$;

-- Forgets who is not ahead of the others: he would start at the clock anyway.
CREATE FUNCTION memori.forget_service() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  clock memori.service_clock;
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  clock := memori.lock_service();
  DELETE FROM memori.user_service u USING memori.tenant_service t
  WHERE t.tenant_id = u.tenant_id AND u.served <= t.user_clock;
  DELETE FROM memori.tenant_service t WHERE t.served <= clock.tag
    AND NOT EXISTS (SELECT FROM memori.user_service u WHERE u.tenant_id = t.tenant_id);
END
$$;

-- Whether a question that somebody waits for is ready, or waits for a slot.
CREATE FUNCTION memori.interactive_waits() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN EXISTS (SELECT FROM memori.questions q WHERE q.status = 'queued' AND NOT memori.is_background(q)
    AND (q.wait_reason = 'no-slot' OR q.run_after <= clock_timestamp()));
END
$$;
