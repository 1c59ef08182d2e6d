-- A part of a reply, for those who follow the question. Only while its run holds the claim; no commit waits for the disk,
-- since the end of the question tells all of it again.
CREATE FUNCTION memori.add_question_delta(qid uuid, held_fence bigint, body json) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  mine memori.questions;
BEGIN
  PERFORM memori.enter('*', '*');
  PERFORM set_config('synchronous_commit', 'off', true);
  UPDATE memori.questions SET last_event = last_event + 1
  WHERE id = qid AND fence = held_fence AND status = 'running' RETURNING * INTO mine;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO memori.question_events (question_id, id, tenant_id, user_id, type, data)
  VALUES (qid, mine.last_event, mine.tenant_id, mine.user_id, 'delta', body);
  RETURN true;
END
$$;
