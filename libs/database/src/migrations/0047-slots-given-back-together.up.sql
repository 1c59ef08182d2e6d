-- Slots that are given back together are deleted in one statement: the same answers, with the lock, the scope and the
-- question who waits asked for once and not for each.

-- `leases` [{ fence, holder }]. Answers in the same order whether each was his; one that is named twice was so once.
CREATE OR REPLACE FUNCTION memori.release_slots(leases jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  freed  bigint[];
  places bigint[];
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.slots', 0));
  WITH asked AS (
    SELECT (lease->>'fence')::bigint AS fence, (lease->>'holder')::uuid AS holder, min(at) AS at
    FROM jsonb_array_elements(leases) WITH ORDINALITY a(lease, at) GROUP BY 1, 2
  ), gone AS (
    DELETE FROM memori.leases l USING asked a WHERE l.fence = a.fence AND l.holder = a.holder RETURNING a.fence, a.at
  )
  SELECT coalesce(array_agg(fence), '{}'), coalesce(array_agg(at), '{}') INTO freed, places FROM gone;
  IF freed <> '{}' AND EXISTS (SELECT FROM memori.lease_epoch WHERE wanted_until > clock_timestamp()) THEN
    PERFORM pg_notify('memori_slot_free', f::text) FROM unnest(freed) f;
  END IF;
  RETURN (SELECT jsonb_agg(at = ANY (places) ORDER BY at) FROM generate_series(1, jsonb_array_length(leases)) at);
END
$$;
