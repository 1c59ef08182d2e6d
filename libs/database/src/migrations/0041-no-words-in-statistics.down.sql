DO $$
DECLARE
  place record;
BEGIN
  FOR place IN SELECT a.attrelid::regclass AS target, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'memori'::regnamespace AND a.attstattarget = 0 LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS -1', place.target, place.attname);
  END LOOP;
END
$$;
