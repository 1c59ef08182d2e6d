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
