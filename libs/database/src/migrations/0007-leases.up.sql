-- Slots: leases that expire without their holder's help, by the database's clock.
--
-- The tables are UNLOGGED: losing them may cost time, never money. A crash empties them, and with them the epoch; then
-- nothing is granted for the length of one lease, in which every older holder has expired or aborted by itself.
-- Fences come from a logged sequence and are drawn under the lock alone, which is let go after the commit reached the
-- disk: no fence is ever given twice, not even across a crash. For that, synchronous_commit stays on; a commit that drew
-- from the sequence's cache (31 of 32) writes no log and waits for no disk anyway.

CREATE SEQUENCE memori.fences;
CREATE SEQUENCE memori.lease_epochs;

CREATE UNLOGGED TABLE memori.lease_epoch (
  is_current  boolean PRIMARY KEY DEFAULT true CHECK (is_current),
  epoch       bigint NOT NULL DEFAULT nextval('memori.lease_epochs'),
  grants_from timestamptz NOT NULL
);

CREATE UNLOGGED TABLE memori.leases (
  fence      bigint PRIMARY KEY,
  epoch      bigint NOT NULL,
  tenant_id  text NOT NULL,
  user_id    text NOT NULL,
  -- Known to the holder alone: nobody else can renew or free the lease.
  holder     uuid NOT NULL,
  taken_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
);

-- "Do not call before", per opaque key: one 429 makes every instance wait.
CREATE UNLOGGED TABLE memori.pauses (
  rate_key   text PRIMARY KEY,
  not_before timestamptz NOT NULL
);

INSERT INTO memori.lease_epoch (grants_from) VALUES ('-infinity');

-- The current epoch. When the store has lost it, a new one begins that grants nothing for one lease length.
CREATE FUNCTION memori.current_lease_epoch(lease_ms bigint) RETURNS memori.lease_epoch LANGUAGE plpgsql AS $$
DECLARE
  e memori.lease_epoch;
BEGIN
  SELECT * INTO e FROM memori.lease_epoch;
  IF NOT FOUND THEN
    INSERT INTO memori.lease_epoch (grants_from) VALUES (clock_timestamp() + lease_ms * interval '1 millisecond')
    ON CONFLICT DO NOTHING;
    SELECT * INTO e FROM memori.lease_epoch;
  END IF;
  RETURN e;
END
$$;

-- For a process that is the only one there can be (the embedded PostgreSQL serves no second): whoever held a lease before
-- is dead, so a new epoch may grant at once.
CREATE FUNCTION memori.begin_lease_epoch() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.slots', 0));
  DELETE FROM memori.leases;
  DELETE FROM memori.lease_epoch;
  INSERT INTO memori.lease_epoch (grants_from) VALUES ('-infinity');
END
$$;

-- `ask`: tenantId, userId, holder, leaseMs, most, mostPerUser, rateKey. Takes a slot of all and a slot of the user, or none.
CREATE FUNCTION memori.acquire_slot(ask jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
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

CREATE FUNCTION memori.ms_until(moment timestamptz) RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT greatest(0, ceil(extract(epoch FROM moment - clock_timestamp()) * 1000))::bigint
$$;

-- False: the lease is over, or of an older epoch. Whoever hears that stops what he does.
CREATE FUNCTION memori.renew_slot(kept bigint, by_holder uuid, lease_ms bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  UPDATE memori.leases SET expires_at = clock_timestamp() + lease_ms * interval '1 millisecond'
  WHERE fence = kept AND holder = by_holder AND expires_at > clock_timestamp()
    AND epoch = (SELECT e.epoch FROM memori.lease_epoch e);
  RETURN FOUND;
END
$$;

-- True: it was his to free, and whoever waits has been told.
CREATE FUNCTION memori.release_slot(freed bigint, by_holder uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  DELETE FROM memori.leases WHERE fence = freed AND holder = by_holder;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM pg_notify('memori_slot_free', '');
  RETURN true;
END
$$;

-- A pause is only ever lengthened: the longer word of the provider counts.
CREATE FUNCTION memori.pause(key text, ms bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO memori.pauses AS p (rate_key, not_before) VALUES (key, clock_timestamp() + ms * interval '1 millisecond')
  ON CONFLICT (rate_key) DO UPDATE SET not_before = greatest(p.not_before, excluded.not_before)
$$;

SELECT memori.wall('memori.leases', by_user => true);
