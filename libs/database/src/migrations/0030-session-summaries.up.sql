-- What was said long ago in a session, in short: one text a session, replaced and never added to.

-- Turns up to here have been handed to the model for it.
ALTER TABLE memori.sessions ADD COLUMN summary_seq integer NOT NULL DEFAULT 0;
-- The numbers stand in memori.sessions_to_summarise too.
CREATE INDEX sessions_to_summarise ON memori.sessions (last_active_at) WHERE last_seq - summary_seq >= 28 AND NOT isolated;

CREATE TABLE memori.session_summaries (
  session_id uuid PRIMARY KEY REFERENCES memori.sessions (id) ON DELETE CASCADE,
  tenant_id  text NOT NULL REFERENCES memori.tenants (id),
  user_id    text NOT NULL,
  content    text NOT NULL,
  -- It tells of the turns from 1 to this one.
  upto_seq   integer NOT NULL,
  -- The turns that it goes back to.
  turn_ids   uuid[] NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
SELECT memori.wall('memori.session_summaries', by_user => true);

-- Sessions with twenty turns and more behind the last eight that no summary tells of, and none on its way. Quiet ones: a
-- transcript that is being loaded is summed up when it is there.
CREATE FUNCTION memori.sessions_to_summarise(quiet_ms integer, most integer)
RETURNS TABLE (id uuid, tenant_id text, user_id text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN QUERY
  SELECT s.id, s.tenant_id, s.user_id FROM memori.sessions s
  WHERE s.last_seq - s.summary_seq >= 28 AND NOT s.isolated
    AND s.last_active_at <= clock_timestamp() - make_interval(secs => quiet_ms / 1000.0)
    AND NOT EXISTS (SELECT FROM memori.background_requests r WHERE r.session_id = s.id::text AND r.tenant_id = s.tenant_id
      AND r.purpose = 'summary' AND r.state IN ('waiting', 'submitted', 'ended'))
  ORDER BY s.last_active_at LIMIT most;
END
$$;
