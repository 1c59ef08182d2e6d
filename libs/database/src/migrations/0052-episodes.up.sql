-- Old sessions summed up together, by namespace: one memory that goes back to their turns, kept while all of them are there.

ALTER TABLE memori.memories DROP CONSTRAINT memories_origin_check;
ALTER TABLE memori.memories ADD CONSTRAINT memories_origin_check CHECK (origin IN ('told', 'drawn', 'imported', 'consolidated'));
-- The memory that tells of the session, and since when one does: whoever deletes that memory wants no other.
ALTER TABLE memori.sessions ADD COLUMN consolidated_in uuid REFERENCES memori.memories (id) ON DELETE SET NULL;
ALTER TABLE memori.sessions ADD COLUMN consolidated_at timestamptz;
CREATE INDEX sessions_consolidated ON memori.sessions (consolidated_in) WHERE consolidated_in IS NOT NULL;
CREATE INDEX sessions_to_consolidate ON memori.sessions (last_active_at)
  WHERE consolidated_at IS NULL AND NOT isolated AND last_seq > 0;

-- Namespaces in which at least so many sessions were not used for so many days, and no request about them is on its way.
CREATE FUNCTION memori.episodes_to_consolidate(idle_days integer, enough integer, most integer)
RETURNS TABLE (tenant_id text, user_id text, namespace text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN QUERY
  SELECT s.tenant_id, s.user_id, s.namespace FROM memori.sessions s
  LEFT JOIN memori.memory_settings m ON m.tenant_id = s.tenant_id
  WHERE s.consolidated_at IS NULL AND NOT s.isolated AND s.last_seq > 0 AND coalesce(m.draw_facts, true)
    AND s.last_active_at <= clock_timestamp() - make_interval(days => idle_days)
    AND NOT EXISTS (SELECT FROM memori.background_requests r WHERE r.tenant_id = s.tenant_id AND r.user_id = s.user_id
      AND r.purpose = 'episodes' AND r.state <> 'taken')
  GROUP BY 1, 2, 3 HAVING count(*) >= enough
  ORDER BY min(s.last_active_at) LIMIT most;
END
$$;

-- What tells of a session goes with it, in whatever state: the others are summed up again without it.
CREATE FUNCTION memori.forget_episodes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM memori.background_requests r
  WHERE r.tenant_id = OLD.tenant_id AND r.user_id = OLD.user_id AND r.purpose = 'episodes';
  IF OLD.consolidated_in IS NULL THEN RETURN NULL; END IF;
  UPDATE memori.sessions s SET consolidated_at = NULL
  WHERE s.tenant_id = OLD.tenant_id AND s.user_id = OLD.user_id AND s.consolidated_in = OLD.consolidated_in;
  PERFORM memori.touch_namespace(OLD.tenant_id, OLD.user_id, OLD.namespace, true);
  DELETE FROM memori.memories m
  WHERE m.tenant_id = OLD.tenant_id AND m.user_id = OLD.user_id AND m.id = OLD.consolidated_in;
  RETURN NULL;
END
$$;
CREATE TRIGGER sessions_forget_episodes AFTER DELETE ON memori.sessions
  FOR EACH ROW EXECUTE FUNCTION memori.forget_episodes();

-- As it was, with what sums up old sessions and what a document no longer says among what may go.
CREATE OR REPLACE FUNCTION memori.tidy_memories(context_days integer, default_most integer) RETURNS TABLE (reason text, removed integer)
LANGUAGE plpgsql AS $$
DECLARE
  doomed uuid[];
BEGIN
  PERFORM memori.enter('*', '*');
  IF NOT pg_try_advisory_xact_lock(hashtextextended('memori.tidy_memories', 0)) THEN RETURN; END IF;
  FOREACH reason IN ARRAY ARRAY['expired', 'evicted'] LOOP
    IF reason = 'expired' THEN
      SELECT array_agg(m.id) INTO doomed FROM memori.memories m
      WHERE m.origin = 'drawn' AND NOT m.essential AND m.category = 'context'
        AND greatest(m.last_used_at, m.updated_at, m.said_at) < clock_timestamp() - make_interval(days => context_days);
    ELSE
      WITH crowded AS (
        -- A passage that holds belongs to its document, and crowds out nothing.
        SELECT m.tenant_id, m.user_id, count(*) - coalesce(max(s.max_memories), default_most) AS over
        FROM memori.memories m LEFT JOIN memori.memory_settings s ON s.tenant_id = m.tenant_id
        WHERE m.user_id IS NOT NULL AND NOT (m.origin = 'imported' AND (m.valid_to IS NULL OR m.valid_to > clock_timestamp()))
        GROUP BY 1, 2 HAVING count(*) > coalesce(max(s.max_memories), default_most)
      ), ranked AS (
        SELECT m.id, c.over, row_number() OVER (PARTITION BY m.tenant_id, m.user_id ORDER BY
          (m.superseded_by IS NULL), (m.valid_to IS NULL OR m.valid_to > clock_timestamp()), memori.weight_now(m), m.id) AS place
        FROM memori.memories m JOIN crowded c ON c.tenant_id = m.tenant_id AND c.user_id = m.user_id
        WHERE (m.origin IN ('drawn', 'consolidated') AND NOT (m.essential AND m.superseded_by IS NULL))
          OR (m.origin = 'imported' AND m.valid_to <= clock_timestamp())
      )
      SELECT array_agg(r.id) INTO doomed FROM ranked r WHERE r.place <= r.over;
    END IF;
    -- The namespace's lock comes before the memories', as everywhere.
    PERFORM memori.touch_namespace(n.tenant_id, n.user_id, n.namespace, true) FROM (
      SELECT DISTINCT m.tenant_id, m.user_id, m.namespace FROM memori.memories m WHERE m.id = ANY (doomed) ORDER BY 1, 2, 3) AS n;
    DELETE FROM memori.memories m WHERE m.id = ANY (doomed);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN NEXT;
  END LOOP;
END
$$;
