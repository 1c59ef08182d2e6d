DROP FUNCTION memori.draw_fences(bigint), memori.want_slot(), memori.report_pace(jsonb),
  memori.take_pace(text, double precision, double precision, bigint), memori.bucket_level(memori.pace_buckets);
DROP TABLE memori.pace_buckets, memori.paces;
DELETE FROM memori.settings WHERE key = 'fence_blocks';

-- `ask`: tenantId, userId, holder, leaseMs, most, mostPerUser, rateKey. Takes a slot of all and a slot of the user, or none.
CREATE OR REPLACE FUNCTION memori.acquire_slot(ask jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  lease_ms bigint := (ask->>'leaseMs')::bigint;
  e        memori.lease_epoch;
  resume   timestamptz;
  in_use   bigint;
  by_user  bigint;
  drawn    bigint;
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.slots', 0));
  e := memori.current_lease_epoch(lease_ms);
  IF e.grants_from > clock_timestamp() THEN
    RETURN jsonb_build_object('denied', 'epoch', 'waitMs', memori.ms_until(e.grants_from));
  END IF;
  SELECT not_before INTO resume FROM memori.pauses WHERE rate_key = ask->>'rateKey';
  IF resume > clock_timestamp() THEN
    RETURN jsonb_build_object('denied', 'paused', 'waitMs', memori.ms_until(resume));
  END IF;

  DELETE FROM memori.leases WHERE expires_at <= clock_timestamp() OR epoch <> e.epoch;
  SELECT count(*), count(*) FILTER (WHERE tenant_id = ask->>'tenantId' AND user_id = ask->>'userId')
  INTO in_use, by_user FROM memori.leases;
  IF in_use >= (ask->>'most')::bigint THEN RETURN jsonb_build_object('denied', 'all', 'inUse', in_use); END IF;
  IF by_user >= (ask->>'mostPerUser')::bigint THEN RETURN jsonb_build_object('denied', 'user', 'inUse', in_use); END IF;

  drawn := nextval('memori.fences');
  INSERT INTO memori.leases (fence, epoch, tenant_id, user_id, holder, expires_at)
  VALUES (drawn, e.epoch, ask->>'tenantId', ask->>'userId', (ask->>'holder')::uuid,
          clock_timestamp() + lease_ms * interval '1 millisecond');
  RETURN jsonb_build_object('fence', drawn::text, 'inUse', in_use + 1);
END
$$;

-- True: it was his to free, and whoever waits has been told.
CREATE OR REPLACE FUNCTION memori.release_slot(freed bigint, by_holder uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  DELETE FROM memori.leases WHERE fence = freed AND holder = by_holder;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM pg_notify('memori_slot_free', '');
  RETURN true;
END
$$;

ALTER TABLE memori.lease_epoch DROP COLUMN wanted_until;
ALTER TABLE memori.leases DROP COLUMN rate_key, DROP COLUMN is_background, DROP COLUMN length_ms;
