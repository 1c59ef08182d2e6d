-- A summary quotes rows: it is kept as they are, encrypted, and goes when they go.

ALTER TABLE memori.questions ADD COLUMN summary_sealed bytea;

CREATE FUNCTION memori.summary_goes_with_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.summary_sealed := NULL;
  RETURN NEW;
END
$$;
CREATE TRIGGER summary_goes_with_rows BEFORE UPDATE OF rows_sealed ON memori.questions FOR EACH ROW
  WHEN (NEW.rows_sealed IS NULL AND OLD.summary_sealed IS NOT NULL) EXECUTE FUNCTION memori.summary_goes_with_rows();

-- Those that were written in the clear are not worth keeping without their rows.
UPDATE memori.questions SET answer = (answer::jsonb - 'summary')::json WHERE answer::jsonb ? 'summary';
