-- Slots by class (interactive, background), and the pace of calls per opaque rate key, shared by all instances.

ALTER TABLE memori.leases
  ADD COLUMN rate_key      text,
  ADD COLUMN is_background boolean NOT NULL DEFAULT false,
  -- As it was asked for: a clock that was set back must not make a lease longer than that.
  ADD COLUMN length_ms     bigint NOT NULL DEFAULT 30000;

-- Until when a freed slot is worth a notification: somebody was denied one a short while ago.
ALTER TABLE memori.lease_epoch ADD COLUMN wanted_until timestamptz NOT NULL DEFAULT '-infinity';

-- How fast may be called under a rate key. `room`: calls in flight, halved when the provider complains, grown step by step
-- when he does not; NULL: no limit of its own. `next_turn`: when the last one who was denied was told to ask again.
CREATE UNLOGGED TABLE memori.paces (
  rate_key  text PRIMARY KEY,
  room      double precision CHECK (room >= 1),
  halved_at timestamptz NOT NULL DEFAULT '-infinity',
  next_turn timestamptz NOT NULL DEFAULT '-infinity'
);

-- The provider's token buckets as his headers showed them, filled up continuously since and emptied by what was granted.
CREATE UNLOGGED TABLE memori.pace_buckets (
  rate_key text NOT NULL,
  kind     text NOT NULL CHECK (kind IN ('requests', 'inputTokens', 'outputTokens', 'tokens')),
  capacity double precision NOT NULL CHECK (capacity > 0),
  level    double precision NOT NULL,
  per_ms   double precision NOT NULL CHECK (per_ms > 0),
  seen_at  timestamptz NOT NULL,
  PRIMARY KEY (rate_key, kind)
);

CREATE FUNCTION memori.bucket_level(b memori.pace_buckets) RETURNS double precision LANGUAGE sql VOLATILE AS $$
  SELECT least(b.capacity,
    b.level + b.per_ms * greatest(0, extract(epoch FROM clock_timestamp() - b.seen_at) * 1000)::double precision)
$$;

-- Milliseconds until a call of this cost may be made under `key`; 0: now, and its cost is taken off. Below the last tenth
-- of a bucket only what flows in is given out, so that the provider's own limit is not reached. Those who are denied are
-- told to come back one after the other, no faster than the bucket fills.
CREATE FUNCTION memori.take_pace(key text, input_tokens double precision, output_tokens double precision, in_flight bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  p       memori.paces;
  wait_ms double precision;
  step_ms double precision;
BEGIN
  SELECT * INTO p FROM memori.paces WHERE rate_key = key;
  IF NOT FOUND THEN RETURN 0; END IF;
  SELECT coalesce(max(c.wait), 0), coalesce(max(c.step), 0) INTO wait_ms, step_ms
  FROM (
    SELECT greatest(0, least(b.capacity, k.cost + b.capacity / 10) - memori.bucket_level(b)) / b.per_ms AS wait,
           k.cost / b.per_ms AS step
    FROM memori.pace_buckets b
    JOIN (VALUES ('requests', 1), ('inputTokens', input_tokens), ('outputTokens', output_tokens),
                 ('tokens', input_tokens + output_tokens)) AS k (kind, cost) USING (kind)
    WHERE b.rate_key = key
  ) c;
  IF p.room IS NOT NULL AND in_flight >= floor(p.room) THEN
    wait_ms := greatest(wait_ms, 250);
    step_ms := greatest(step_ms, 100);
  END IF;
  IF wait_ms <= 0 THEN
    UPDATE memori.pace_buckets b SET seen_at = clock_timestamp(), level = memori.bucket_level(b) - CASE b.kind
      WHEN 'requests' THEN 1 WHEN 'inputTokens' THEN input_tokens WHEN 'outputTokens' THEN output_tokens
      ELSE input_tokens + output_tokens END
    WHERE b.rate_key = key;
    RETURN 0;
  END IF;
  UPDATE memori.paces SET next_turn = least(clock_timestamp() + interval '30 s',
    greatest(clock_timestamp() + wait_ms * interval '1 ms', next_turn + step_ms * interval '1 ms'))
  WHERE rate_key = key RETURNING next_turn INTO p.next_turn;
  RETURN greatest(1, memori.ms_until(p.next_turn));
END
$$;

-- What calls met: a list of { rateKey, oks, faults, pauseMs, most, buckets: [{ kind, limit, remaining, perMs }] }.
-- Additive increase, multiplicative decrease (Chiu and Jain, 1989): faults that come together halve once.
CREATE FUNCTION memori.report_pace(reports jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  r         jsonb;
  key       text;
  most      double precision;
  oks       double precision;
  faults    double precision;
  in_flight bigint;
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.slots', 0));
  FOR r IN SELECT * FROM jsonb_array_elements(reports) LOOP
    key := r->>'rateKey';
    most := (r->>'most')::double precision;
    oks := (r->>'oks')::double precision;
    faults := (r->>'faults')::double precision;
    INSERT INTO memori.paces (rate_key) VALUES (key) ON CONFLICT DO NOTHING;
    IF (r->>'pauseMs')::bigint > 0 THEN PERFORM memori.pause(key, (r->>'pauseMs')::bigint); END IF;
    INSERT INTO memori.pace_buckets (rate_key, kind, capacity, level, per_ms, seen_at)
    SELECT key, b.kind, b."limit", b.remaining, b."perMs", clock_timestamp()
    FROM jsonb_to_recordset(r->'buckets')
      AS b (kind text, "limit" double precision, remaining double precision, "perMs" double precision)
    ON CONFLICT (rate_key, kind) DO UPDATE SET capacity = excluded.capacity, level = excluded.level,
      per_ms = excluded.per_ms, seen_at = excluded.seen_at;
    IF faults > 0 THEN
      SELECT count(*) INTO in_flight FROM memori.leases WHERE rate_key = key AND expires_at > clock_timestamp();
      UPDATE memori.paces SET halved_at = clock_timestamp(),
        room = greatest(1, floor(least(coalesce(room, most), greatest(2, in_flight + faults)) / 2))
      WHERE rate_key = key AND halved_at < clock_timestamp() - interval '2 s';
    ELSIF oks > 0 THEN
      UPDATE memori.paces SET room = CASE WHEN room + oks / room < most THEN room + oks / room END
      WHERE rate_key = key AND room IS NOT NULL;
    END IF;
  END LOOP;
END
$$;

-- Remembers that somebody wants a slot. Written once in five minutes, however many are denied.
CREATE FUNCTION memori.want_slot() RETURNS void LANGUAGE sql AS $$
  UPDATE memori.lease_epoch SET wanted_until = clock_timestamp() + interval '15 min'
  WHERE wanted_until < clock_timestamp() + interval '10 min'
$$;

-- `ask`: tenantId, userId, holder, leaseMs, most, mostPerUser, rateKey, isBackground, mostBackground,
-- mostBackgroundPerUser, inputTokens, outputTokens. Takes a slot of all and a slot of the user, or none.
CREATE OR REPLACE FUNCTION memori.acquire_slot(ask jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  lease_ms   bigint := (ask->>'leaseMs')::bigint;
  background boolean := coalesce((ask->>'isBackground')::boolean, false);
  e          memori.lease_epoch;
  resume     timestamptz;
  n          record;
  refused    text;
  wait_ms    bigint;
  drawn      bigint;
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.slots', 0));
  e := memori.current_lease_epoch(lease_ms);
  IF e.grants_from > clock_timestamp() THEN
    -- A clock that was set back must not make the wait longer than a lease.
    wait_ms := memori.ms_until(e.grants_from);
    IF wait_ms > lease_ms THEN
      wait_ms := lease_ms;
      UPDATE memori.lease_epoch SET grants_from = clock_timestamp() + lease_ms * interval '1 ms';
    END IF;
    RETURN jsonb_build_object('denied', 'epoch', 'waitMs', wait_ms, 'epoch', e.epoch::text);
  END IF;
  SELECT not_before INTO resume FROM memori.pauses WHERE rate_key = ask->>'rateKey';
  IF resume > clock_timestamp() THEN
    RETURN jsonb_build_object('denied', 'paused', 'waitMs', memori.ms_until(resume), 'epoch', e.epoch::text, 'isPaced', true);
  END IF;

  DELETE FROM memori.leases WHERE expires_at <= clock_timestamp() OR epoch <> e.epoch;
  SELECT count(*) AS in_use,
    count(*) FILTER (WHERE is_background) AS in_background,
    count(*) FILTER (WHERE tenant_id = ask->>'tenantId' AND user_id = ask->>'userId') AS of_user,
    count(*) FILTER (WHERE is_background AND tenant_id = ask->>'tenantId' AND user_id = ask->>'userId') AS of_user_in_background,
    count(*) FILTER (WHERE rate_key = ask->>'rateKey') AS of_key,
    bool_or(l.expires_at > clock_timestamp() + l.length_ms * interval '1 ms') AS too_long
  INTO n FROM memori.leases l;
  IF n.too_long THEN
    UPDATE memori.leases l SET expires_at = least(l.expires_at, clock_timestamp() + l.length_ms * interval '1 ms');
  END IF;
  refused := CASE
    WHEN n.in_use >= (ask->>'most')::bigint THEN 'all'
    WHEN n.of_user >= (ask->>'mostPerUser')::bigint THEN 'user'
    WHEN background AND (n.in_background >= (ask->>'mostBackground')::bigint
      OR n.of_user_in_background >= (ask->>'mostBackgroundPerUser')::bigint) THEN 'background'
  END;
  IF refused IS NOT NULL THEN
    PERFORM memori.want_slot();
    RETURN jsonb_build_object('denied', refused, 'inUse', n.in_use, 'epoch', e.epoch::text);
  END IF;
  IF ask->>'rateKey' IS NOT NULL THEN
    wait_ms := memori.take_pace(ask->>'rateKey', coalesce((ask->>'inputTokens')::double precision, 0),
      coalesce((ask->>'outputTokens')::double precision, 0), n.of_key);
    IF wait_ms > 0 THEN
      RETURN jsonb_build_object('denied', 'paced', 'waitMs', wait_ms, 'inUse', n.in_use, 'epoch', e.epoch::text, 'isPaced', true);
    END IF;
  END IF;

  drawn := nextval('memori.fences');
  INSERT INTO memori.leases (fence, epoch, tenant_id, user_id, holder, expires_at, rate_key, is_background, length_ms)
  VALUES (drawn, e.epoch, ask->>'tenantId', ask->>'userId', (ask->>'holder')::uuid,
          clock_timestamp() + lease_ms * interval '1 ms', ask->>'rateKey', background, lease_ms);
  RETURN jsonb_build_object('fence', drawn::text, 'inUse', n.in_use + 1, 'epoch', e.epoch::text,
    'isPaced', EXISTS (SELECT FROM memori.paces p WHERE p.rate_key = ask->>'rateKey' AND p.room IS NOT NULL));
END
$$;

-- True: it was his to free. Whoever waits is told; under the lock of those who are being denied, so that none of them
-- begins to wait just after the look at whether anybody does.
CREATE OR REPLACE FUNCTION memori.release_slot(freed bigint, by_holder uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.slots', 0));
  DELETE FROM memori.leases WHERE fence = freed AND holder = by_holder;
  IF NOT FOUND THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM memori.lease_epoch WHERE wanted_until > clock_timestamp()) THEN
    PERFORM pg_notify('memori_slot_free', '');
  END IF;
  RETURN true;
END
$$;

-- For leases that are kept elsewhere (Redis): fences come from here all the same, in blocks, so that they rise whatever
-- that store forgets. `is_first`: no such block was ever drawn, so that store cannot have lost a lease.
CREATE FUNCTION memori.draw_fences(count bigint, OUT first_fence bigint, OUT last_fence bigint, OUT is_first boolean)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.slots', 0));
  first_fence := nextval('memori.fences');
  last_fence := setval('memori.fences', first_fence + count - 1);
  INSERT INTO memori.settings (key, value) VALUES ('fence_blocks', 'true') ON CONFLICT DO NOTHING;
  is_first := FOUND AND NOT EXISTS (SELECT FROM memori.leases WHERE expires_at > clock_timestamp());
END
$$;
