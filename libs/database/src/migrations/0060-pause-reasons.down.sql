DROP FUNCTION memori.pause(text, bigint, text);
ALTER TABLE memori.pauses DROP COLUMN reason;
CREATE FUNCTION memori.pause(key text, ms bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO memori.pauses AS p (rate_key, not_before) VALUES (key, clock_timestamp() + ms * interval '1 millisecond')
  ON CONFLICT (rate_key) DO UPDATE SET not_before = greatest(p.not_before, excluded.not_before)
$$;
CREATE OR REPLACE FUNCTION memori.acquire_slots(asks jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE FUNCTION memori.report_pace(reports jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  r         jsonb;
  key       text;
  most      double precision;
  oks       double precision;
  faults    double precision;
  in_flight bigint;
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM pg_advisory_xact_lock(hashtextextended('memori.slots', 0));
  FOR r IN SELECT * FROM jsonb_array_elements(reports) LOOP
    key := r->>'rateKey';
    most := (r->>'most')::double precision;
    oks := (r->>'oks')::double precision;
    faults := (r->>'faults')::double precision;
    INSERT INTO memori.paces (rate_key) VALUES (key) ON CONFLICT DO NOTHING;
    IF (r->>'pauseMs')::bigint > 0 THEN PERFORM memori.pause(key, (r->>'pauseMs')::bigint); END IF;
    INSERT INTO memori.pace_buckets (rate_key, kind, capacity, level, per_ms, seen_at)
    SELECT key, b.kind, b."limit", b.remaining, b."perMs", clock_timestamp()
    FROM jsonb_to_recordset(r->'buckets')
      AS b (kind text, "limit" double precision, remaining double precision, "perMs" double precision)
    ON CONFLICT (rate_key, kind) DO UPDATE SET capacity = excluded.capacity, level = excluded.level,
      per_ms = excluded.per_ms, seen_at = excluded.seen_at;
    IF faults > 0 THEN
      SELECT count(*) INTO in_flight FROM memori.leases WHERE rate_key = key AND expires_at > clock_timestamp();
      UPDATE memori.paces SET halved_at = clock_timestamp(),
        room = greatest(1, floor(least(coalesce(room, most), greatest(2, in_flight + faults)) / 2))
      WHERE rate_key = key AND halved_at < clock_timestamp() - interval '2 s';
    ELSIF oks > 0 THEN
      UPDATE memori.paces SET room = CASE WHEN room + oks / room < most THEN room + oks / room END
      WHERE rate_key = key AND room IS NOT NULL;
    END IF;
  END LOOP;
END
$$;
