-- How many input tokens calls really had, as a share of their estimate: a histogram per model that all instances fill
-- together. Its 99th percentile corrects the bound by which reservations are made.
--
-- Buckets are steps of 2.2 % between a quarter and four times the estimate. The table knows no tenant and no text.

CREATE TABLE memori.token_ratios (
  model   text NOT NULL,
  bucket  smallint NOT NULL CHECK (bucket BETWEEN 0 AND 127),
  samples bigint NOT NULL CHECK (samples > 0),
  PRIMARY KEY (model, bucket)
);

-- Adds `noted` [{ model, bucket, samples }] and answers how all models stand. Losing it costs precision, not money: the
-- commit does not wait. Above 10,000 samples a model's are halved, so that what was measured last weighs most.
CREATE FUNCTION memori.note_token_ratios(noted jsonb) RETURNS SETOF memori.token_ratios LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  IF jsonb_array_length(noted) > 0 THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('memori.token_ratios', 0));
    INSERT INTO memori.token_ratios AS r (model, bucket, samples)
    SELECT n.model, n.bucket, n.samples
    FROM jsonb_to_recordset(noted) AS n (model text, bucket smallint, samples bigint)
    ON CONFLICT (model, bucket) DO UPDATE SET samples = r.samples + excluded.samples;
    WITH full_models AS (
      SELECT r.model FROM memori.token_ratios r GROUP BY r.model HAVING sum(r.samples) > 10000
    ), emptied AS (
      DELETE FROM memori.token_ratios r USING full_models f WHERE r.model = f.model AND r.samples = 1
    )
    UPDATE memori.token_ratios r SET samples = r.samples / 2 FROM full_models f
    WHERE r.model = f.model AND r.samples > 1;
  END IF;
  RETURN QUERY SELECT * FROM memori.token_ratios;
END
$$;
