DROP FUNCTION memori.question_places();
DROP FUNCTION memori.read_question(text, text, uuid, boolean, boolean);

-- One question as its owner may see it, with its place in the line. `follow` marks it as awaited by more than the asker.
CREATE FUNCTION memori.read_question(tenant text, usr text, qid uuid, follow boolean, with_rows boolean)
RETURNS TABLE (q memori.questions, queue_position bigint, runs_in_ms double precision, has_rows boolean)
LANGUAGE plpgsql AS $$
DECLARE
  found_row memori.questions;
  place     bigint;
BEGIN
  PERFORM memori.enter(tenant, usr);
  IF follow THEN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE memori.questions SET shared = true WHERE id = qid AND status IN ('queued', 'running') AND NOT shared;
  END IF;
  SELECT * INTO found_row FROM memori.questions WHERE id = qid AND tenant_id = tenant AND user_id = usr;
  IF NOT FOUND THEN RETURN; END IF;
  IF found_row.status = 'queued' THEN
    PERFORM memori.enter('*', '*');
    SELECT count(*) INTO place FROM memori.questions other
    WHERE other.status = 'queued' AND (other.created_at, other.id) <= (found_row.created_at, found_row.id);
  END IF;
  has_rows := found_row.rows_sealed IS NOT NULL AND found_row.rows_kept_until > clock_timestamp();
  IF NOT (with_rows AND has_rows) THEN found_row.rows_sealed := NULL; END IF;
  found_row.context := NULL;
  q := found_row;
  queue_position := place;
  runs_in_ms := greatest(0, extract(epoch FROM found_row.run_after - clock_timestamp()) * 1000);
  RETURN NEXT;
END
$$;
