ALTER TABLE memori.paces DROP COLUMN kept_until;
CREATE OR REPLACE FUNCTION memori.acquire_slots(asks jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  ask     jsonb;
  answer  jsonb;
  answers jsonb[] := '{}';
BEGIN
  FOR ask IN SELECT a FROM jsonb_array_elements(asks) a LOOP
    answer := memori.acquire_slot(ask);
    IF answer->>'denied' = 'paused' THEN
      SELECT answer || jsonb_build_object('because', p.reason) INTO answer
      FROM memori.pauses p WHERE p.rate_key = ask->>'rateKey';
    END IF;
    answers := answers || answer;
  END LOOP;
  RETURN to_jsonb(answers);
END
$$;
