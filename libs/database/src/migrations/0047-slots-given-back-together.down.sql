CREATE OR REPLACE FUNCTION memori.release_slots(leases jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
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
