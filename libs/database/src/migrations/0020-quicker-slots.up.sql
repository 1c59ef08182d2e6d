-- The same decision as before with fewer statements, since all who ask wait for one lock: about a third less time.

-- `ask`: tenantId, userId, holder, leaseMs, most, mostPerUser, rateKey, isBackground, mostBackground,
-- mostBackgroundPerUser, inputTokens, outputTokens. Takes a slot of all and a slot of the user, or none.
CREATE OR REPLACE FUNCTION memori.acquire_slot(ask jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  lease_ms     bigint := (ask->>'leaseMs')::bigint;
  key          text := ask->>'rateKey';
  background   boolean := coalesce((ask->>'isBackground')::boolean, false);
  e            memori.lease_epoch;
  moment       timestamptz;
  resume       timestamptz;
  n            record;
  refused      text;
  is_held_back boolean;
  wait_ms      bigint;
  drawn        bigint;
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.slots', 0));
  SELECT * INTO e FROM memori.lease_epoch;
  IF NOT FOUND THEN e := memori.current_lease_epoch(lease_ms); END IF;
  moment := clock_timestamp();
  IF e.grants_from > moment THEN
    -- A clock that was set back must not make the wait longer than a lease.
    wait_ms := memori.ms_until(e.grants_from);
    IF wait_ms > lease_ms THEN
      wait_ms := lease_ms;
      UPDATE memori.lease_epoch SET grants_from = moment + lease_ms * interval '1 ms';
    END IF;
    RETURN jsonb_build_object('denied', 'epoch', 'waitMs', wait_ms, 'epoch', e.epoch::text);
  END IF;
  SELECT not_before INTO resume FROM memori.pauses WHERE rate_key = key;
  IF resume > moment THEN
    RETURN jsonb_build_object('denied', 'paused', 'waitMs', memori.ms_until(resume), 'epoch', e.epoch::text, 'isPaced', true);
  END IF;

  -- What seems to be over may be renewed at this moment: the deletion waits for that, and then it is counted again.
  LOOP
    SELECT count(*) FILTER (WHERE l.lives) AS in_use,
      count(*) FILTER (WHERE l.lives AND l.is_background) AS in_background,
      count(*) FILTER (WHERE l.lives AND l.is_his) AS of_user,
      count(*) FILTER (WHERE l.lives AND l.is_his AND l.is_background) AS of_user_in_background,
      count(*) FILTER (WHERE l.lives AND l.rate_key = key) AS of_key,
      bool_or(NOT l.lives) AS any_over,
      bool_or(l.expires_at > clock_timestamp() + l.length_ms * interval '1 ms') AS any_too_long
    INTO n
    FROM (
      SELECT *, expires_at > moment AND epoch = e.epoch AS lives,
        tenant_id = ask->>'tenantId' AND user_id = ask->>'userId' AS is_his
      FROM memori.leases
    ) l;
    EXIT WHEN n.any_over IS NOT TRUE;
    DELETE FROM memori.leases l WHERE l.expires_at <= moment OR l.epoch <> e.epoch;
  END LOOP;
  IF n.any_too_long THEN
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
  SELECT p.room IS NOT NULL INTO is_held_back FROM memori.paces p WHERE p.rate_key = key;
  IF FOUND THEN
    wait_ms := memori.take_pace(key, coalesce((ask->>'inputTokens')::double precision, 0),
      coalesce((ask->>'outputTokens')::double precision, 0), n.of_key);
    IF wait_ms > 0 THEN
      RETURN jsonb_build_object('denied', 'paced', 'waitMs', wait_ms, 'inUse', n.in_use, 'epoch', e.epoch::text, 'isPaced', true);
    END IF;
  END IF;

  drawn := nextval('memori.fences');
  INSERT INTO memori.leases (fence, epoch, tenant_id, user_id, holder, expires_at, rate_key, is_background, length_ms)
  VALUES (drawn, e.epoch, ask->>'tenantId', ask->>'userId', (ask->>'holder')::uuid,
          clock_timestamp() + lease_ms * interval '1 ms', key, background, lease_ms);
  RETURN jsonb_build_object('fence', drawn::text, 'inUse', n.in_use + 1, 'epoch', e.epoch::text,
    'isPaced', coalesce(is_held_back, false));
END
$$;
