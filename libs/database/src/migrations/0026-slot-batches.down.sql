DROP FUNCTION memori.release_slots(jsonb);
DROP FUNCTION memori.acquire_slots(jsonb);

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
