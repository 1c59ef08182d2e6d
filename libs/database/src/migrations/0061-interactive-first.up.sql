-- A call that somebody waits for and that a pause or the pace of its model holds back goes before background work on that
-- model when its time comes: what flows into the provider's bucket meanwhile is not for others.

-- Until when: the moment that the last such call was told to come back at, and a little longer.
ALTER TABLE memori.paces ADD COLUMN kept_until timestamptz NOT NULL DEFAULT '-infinity';

-- As in 0060, but for that.
CREATE OR REPLACE FUNCTION memori.acquire_slots(asks jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  ask     jsonb;
  key     text;
  kept    timestamptz;
  is_late boolean;
  answer  jsonb;
  answers jsonb[] := '{}';
BEGIN
  FOR ask IN SELECT a FROM jsonb_array_elements(asks) a LOOP
    key := ask->>'rateKey';
    is_late := coalesce((ask->>'isBackground')::boolean, false);
    IF is_late THEN SELECT p.kept_until INTO kept FROM memori.paces p WHERE p.rate_key = key; END IF;
    IF is_late AND kept > clock_timestamp() THEN
      answer := jsonb_build_object('denied', 'background', 'waitMs', memori.ms_until(kept));
    ELSE
      answer := memori.acquire_slot(ask);
    END IF;
    IF answer->>'denied' = 'paused' THEN
      SELECT answer || jsonb_build_object('because', p.reason) INTO answer FROM memori.pauses p WHERE p.rate_key = key;
    END IF;
    IF NOT is_late AND answer->>'denied' IN ('paused', 'paced') THEN
      kept := clock_timestamp() + ((answer->>'waitMs')::bigint + 2000) * interval '1 ms';
      INSERT INTO memori.paces AS p (rate_key, kept_until) VALUES (key, kept)
      ON CONFLICT (rate_key) DO UPDATE SET kept_until = excluded.kept_until WHERE p.kept_until < excluded.kept_until;
    END IF;
    answers := answers || answer;
  END LOOP;
  RETURN to_jsonb(answers);
END
$$;
