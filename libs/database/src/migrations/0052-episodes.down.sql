DROP TRIGGER sessions_forget_episodes ON memori.sessions;
DROP FUNCTION memori.forget_episodes();
DROP FUNCTION memori.episodes_to_consolidate(integer, integer, integer);
ALTER TABLE memori.sessions DROP COLUMN consolidated_in, DROP COLUMN consolidated_at;
DELETE FROM memori.memories WHERE origin = 'consolidated';
ALTER TABLE memori.memories DROP CONSTRAINT memories_origin_check;
ALTER TABLE memori.memories ADD CONSTRAINT memories_origin_check CHECK (origin IN ('told', 'drawn', 'imported'));
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
        SELECT m.tenant_id, m.user_id, count(*) - coalesce(max(s.max_memories), default_most) AS over
        FROM memori.memories m LEFT JOIN memori.memory_settings s ON s.tenant_id = m.tenant_id
        WHERE m.user_id IS NOT NULL
        GROUP BY 1, 2 HAVING count(*) > coalesce(max(s.max_memories), default_most)
      ), ranked AS (
        SELECT m.id, c.over, row_number() OVER (PARTITION BY m.tenant_id, m.user_id ORDER BY
          (m.superseded_by IS NULL), (m.valid_to IS NULL OR m.valid_to > clock_timestamp()), memori.weight_now(m), m.id) AS place
        FROM memori.memories m JOIN crowded c ON c.tenant_id = m.tenant_id AND c.user_id = m.user_id
        WHERE m.origin = 'drawn' AND NOT (m.essential AND m.superseded_by IS NULL)
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
