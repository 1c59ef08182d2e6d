-- How a tenant wants its memory to work. No row: as it comes.
CREATE TABLE memori.memory_settings (
  tenant_id    text PRIMARY KEY REFERENCES memori.tenants (id) ON DELETE CASCADE,
  -- Facts are drawn from what is said.
  draw_facts   boolean NOT NULL DEFAULT true,
  -- Rules, strong preferences and who the user is stand in every prompt, …
  conscious    boolean NOT NULL DEFAULT true,
  -- … in a block of so many tokens.
  block_tokens integer NOT NULL DEFAULT 600 CHECK (block_tokens BETWEEN 0 AND 10000),
  -- What bears on a question is recalled for it.
  automatic    boolean NOT NULL DEFAULT true,
  -- Memories that one user may have; beyond that drawn ones go.
  max_memories integer NOT NULL DEFAULT 10000 CHECK (max_memories > 0),
  updated_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
SELECT memori.wall('memori.memory_settings', by_user => false);

-- How much a drawn fact weighs today: its importance halves with every half year in which it was neither said nor used,
-- and grows a little with every doubling of both.
CREATE FUNCTION memori.weight_now(m memori.memories) RETURNS double precision LANGUAGE sql STABLE AS $$
  SELECT m.importance * (1 + ln(m.support + m.uses + 1) / 10)
    * power(0.5, greatest(0, extract(epoch FROM clock_timestamp()
        - greatest(m.last_used_at, m.updated_at, m.said_at, m.created_at)) / 86400) / 182)
$$;

-- Deletes facts that were drawn and whose time is over. Never what a person told, and never what stands in every prompt.
-- 'expired': of the category context, neither said nor used for so many days. 'evicted': of users with more memories than
-- their tenant allows, in this order: what a newer fact ended, what is no longer valid, then the lightest.
CREATE FUNCTION memori.tidy_memories(context_days integer, default_most integer) RETURNS TABLE (reason text, removed integer)
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
