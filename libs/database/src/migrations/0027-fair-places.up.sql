-- The place of a waiting question is that of the fair order, in which it will be taken, and not that of its age. All places
-- are computed at once: a process asks for them once for all who wait there.

DROP FUNCTION memori.read_question(text, text, uuid, boolean, boolean);

-- One question as its owner may see it. `follow` marks it as awaited by more than the asker.
CREATE FUNCTION memori.read_question(tenant text, usr text, qid uuid, follow boolean, with_rows boolean)
RETURNS TABLE (q memori.questions, runs_in_ms double precision, has_rows boolean)
LANGUAGE plpgsql AS $$
DECLARE
  found_row memori.questions;
BEGIN
  PERFORM memori.enter(tenant, usr);
  IF follow THEN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE memori.questions SET shared = true WHERE id = qid AND status IN ('queued', 'running') AND NOT shared;
  END IF;
  SELECT * INTO found_row FROM memori.questions WHERE id = qid AND tenant_id = tenant AND user_id = usr;
  IF NOT FOUND THEN RETURN; END IF;
  has_rows := found_row.rows_sealed IS NOT NULL AND found_row.rows_kept_until > clock_timestamp();
  IF NOT (with_rows AND has_rows) THEN found_row.rows_sealed := NULL; END IF;
  found_row.context := NULL;
  q := found_row;
  runs_in_ms := greatest(0, extract(epoch FROM found_row.run_after - clock_timestamp()) * 1000);
  RETURN NEXT;
END
$$;

-- Every waiting question with its place, from 1, as memori.claim_question would take them if each cost what is typical:
-- start tags of start-time fair queueing, among the users of a tenant and then among tenants.
CREATE FUNCTION memori.question_places() RETURNS TABLE (id uuid, place bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN QUERY
  WITH clock AS (
    SELECT coalesce(max(c.tag), 0) AS tag, coalesce(max(c.typical), 2000) AS typical FROM memori.service_clock c
  ), of_users AS (
    SELECT q.id, q.tenant_id, q.created_at, memori.is_background(q) AS is_later, clock.typical,
      greatest(coalesce(t.served, 0), clock.tag) AS tenant_tag,
      greatest(coalesce(u.served, 0) - coalesce(t.user_clock, 0), 0) + clock.typical * (row_number() OVER
        (PARTITION BY q.tenant_id, q.user_id, memori.is_background(q) ORDER BY q.created_at, q.id) - 1) AS user_tag
    FROM memori.questions q CROSS JOIN clock
    LEFT JOIN memori.tenant_service t ON t.tenant_id = q.tenant_id
    LEFT JOIN memori.user_service u ON u.tenant_id = q.tenant_id AND u.user_id = q.user_id
    WHERE q.status = 'queued'
  ), of_tenants AS (
    SELECT o.id, o.created_at, o.is_later, o.user_tag, o.tenant_tag + o.typical * (row_number() OVER
        (PARTITION BY o.tenant_id, o.is_later ORDER BY o.user_tag, o.created_at, o.id) - 1) AS tag
    FROM of_users o
  )
  SELECT o.id, row_number() OVER (ORDER BY o.is_later, o.tag, o.user_tag, o.created_at, o.id) FROM of_tenants o;
END
$$;
