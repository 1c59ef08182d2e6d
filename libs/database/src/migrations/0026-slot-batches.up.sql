-- Slots asked for or given back at the same time share a round trip, a transaction and the one lock that all must have. They
-- are decided in their order, by the functions that decide for one.

-- `asks`: of memori.acquire_slot. Answers in the same order.
CREATE FUNCTION memori.acquire_slots(asks jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  ask     jsonb;
  answers jsonb[] := '{}';
BEGIN
  FOR ask IN SELECT a FROM jsonb_array_elements(asks) a LOOP
    answers := answers || memori.acquire_slot(ask);
  END LOOP;
  RETURN to_jsonb(answers);
END
$$;

-- `leases` [{ fence, holder }]. Answers in the same order whether each was his.
CREATE FUNCTION memori.release_slots(leases jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  lease   jsonb;
  answers boolean[] := '{}';
BEGIN
  FOR lease IN SELECT l FROM jsonb_array_elements(leases) l LOOP
    answers := answers || memori.release_slot((lease->>'fence')::bigint, (lease->>'holder')::uuid);
  END LOOP;
  RETURN to_jsonb(answers);
END
$$;

-- Each slot that was freed is a notice of its own: PostgreSQL merges equal ones of a transaction, and only one of several
-- who wait would be woken. Whoever listens reads nothing from it.
CREATE OR REPLACE FUNCTION memori.release_slot(freed bigint, by_holder uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.slots', 0));
  DELETE FROM memori.leases WHERE fence = freed AND holder = by_holder;
  IF NOT FOUND THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM memori.lease_epoch WHERE wanted_until > clock_timestamp()) THEN
    PERFORM pg_notify('memori_slot_free', freed::text);
  END IF;
  RETURN true;
END
$$;
