-- Facts drawn from what was said: which turns were looked at, what a fact says about what, and which fact closed which.

-- Turns up to here have been handed to the model, or were said before facts were drawn at all.
ALTER TABLE memori.sessions ADD COLUMN drawn_seq integer NOT NULL DEFAULT 0;
UPDATE memori.sessions SET drawn_seq = last_seq;
CREATE INDEX sessions_to_draw ON memori.sessions (last_active_at) WHERE last_seq > drawn_seq AND NOT isolated;

ALTER TABLE memori.memories
  ADD COLUMN subject       text,
  ADD COLUMN predicate     text,
  -- Normalised subject and predicate; whether it is denied stands apart, so that both sides of a contradiction meet.
  ADD COLUMN fact_key      text,
  ADD COLUMN negated       boolean NOT NULL DEFAULT false,
  -- Hash of the normalised content: the same again is support and no second row.
  ADD COLUMN fingerprint   text,
  ADD COLUMN support       integer NOT NULL DEFAULT 1,
  -- How often it stood in a prompt, and when it last did.
  ADD COLUMN uses          integer NOT NULL DEFAULT 0,
  ADD COLUMN last_used_at  timestamptz,
  -- When it was said, as far as it was said by a turn.
  ADD COLUMN said_at       timestamptz,
  -- The end that it gave itself: what valid_to goes back to when the fact that closed it is forgotten.
  ADD COLUMN stated_to     timestamptz,
  ADD COLUMN superseded_by uuid REFERENCES memori.memories (id) ON DELETE SET NULL,
  ADD COLUMN supersedes    uuid REFERENCES memori.memories (id) ON DELETE SET NULL,
  -- Stands in every prompt of its scope, whatever is asked.
  ADD COLUMN essential     boolean NOT NULL DEFAULT false;
UPDATE memori.memories SET stated_to = valid_to,
  essential = category = 'rule' OR (category = 'preference' AND importance >= 0.7);

CREATE UNIQUE INDEX memories_drawn_once ON memori.memories (tenant_id, user_id, namespace, fingerprint)
  WHERE origin = 'drawn' AND superseded_by IS NULL;
CREATE INDEX memories_by_key ON memori.memories (tenant_id, user_id, namespace, fact_key) WHERE fact_key IS NOT NULL;
CREATE INDEX memories_by_fingerprint ON memori.memories (tenant_id, user_id, namespace, fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX memories_superseded ON memori.memories (superseded_by) WHERE superseded_by IS NOT NULL;
CREATE INDEX memories_superseding ON memori.memories (supersedes) WHERE supersedes IS NOT NULL;
CREATE INDEX memories_essential ON memori.memories (tenant_id, user_id) WHERE essential;

-- Why a state came about: the fact that closed it.
ALTER TABLE memori.memory_history ADD COLUMN superseded_by uuid;
CREATE INDEX memory_history_superseded ON memori.memory_history (superseded_by) WHERE superseded_by IS NOT NULL;

-- What is forgotten closes nothing any more: the facts that it had superseded hold as they did, their history too.
CREATE FUNCTION memori.reopen_superseded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE memori.memory_history h SET superseded_by = NULL, valid_to = m.stated_to
  FROM memori.memories m
  WHERE h.superseded_by = OLD.id AND m.id = h.memory_id;
  UPDATE memori.memories m SET superseded_by = NULL, valid_to = m.stated_to
  WHERE m.superseded_by = OLD.id
    -- Said again meanwhile: the living one speaks for both.
    AND NOT EXISTS (SELECT FROM memori.memories o WHERE o.tenant_id = m.tenant_id AND o.user_id = m.user_id
      AND o.namespace = m.namespace AND o.fingerprint = m.fingerprint AND o.origin = 'drawn' AND o.superseded_by IS NULL
      AND o.id <> m.id);
  RETURN OLD;
END
$$;
CREATE TRIGGER memories_reopen BEFORE DELETE ON memori.memories
  FOR EACH ROW EXECUTE FUNCTION memori.reopen_superseded();

-- What somebody wrote about an answer that was wrong, until facts are drawn from it with the turns of its session.
CREATE TABLE memori.corrections (
  id          uuid PRIMARY KEY,
  tenant_id   text NOT NULL REFERENCES memori.tenants (id),
  user_id     text NOT NULL,
  session_id  uuid NOT NULL REFERENCES memori.sessions (id) ON DELETE CASCADE,
  question_id uuid NOT NULL,
  note        text,
  sql         text,
  said_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX corrections_by_session ON memori.corrections (session_id, id);
SELECT memori.wall('memori.corrections', by_user => true);

-- What recall put into a prompt, by hashes alone: it may come back in a reply, and is nothing new then.
CREATE TABLE memori.recalled (
  session_id  uuid NOT NULL REFERENCES memori.sessions (id) ON DELETE CASCADE,
  fingerprint text NOT NULL,
  tenant_id   text NOT NULL REFERENCES memori.tenants (id),
  user_id     text NOT NULL,
  -- Hashes of its tokens: a reply repeats in its own words.
  tokens      integer[] NOT NULL,
  recalled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (session_id, fingerprint)
);
SELECT memori.wall('memori.recalled', by_user => true);

-- Sessions in which something was said that no fact was drawn from yet: quiet for a while, or with enough to make it
-- worth a call, or kept waiting for too long.
CREATE FUNCTION memori.sessions_to_draw(quiet_ms integer, enough integer, patience_ms integer, most integer)
RETURNS TABLE (id uuid, tenant_id text, user_id text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN QUERY
  SELECT s.id, s.tenant_id, s.user_id FROM memori.sessions s
  WHERE s.last_seq > s.drawn_seq AND NOT s.isolated AND (
    s.last_active_at <= clock_timestamp() - make_interval(secs => quiet_ms / 1000.0)
    OR s.last_seq - s.drawn_seq >= enough
    OR EXISTS (SELECT FROM memori.turns t WHERE t.session_id = s.id AND t.seq = s.drawn_seq + 1
      AND t.recorded_at <= clock_timestamp() - make_interval(secs => patience_ms / 1000.0)))
  UNION
  SELECT s.id, s.tenant_id, s.user_id FROM memori.sessions s
  WHERE s.id IN (SELECT c.session_id FROM memori.corrections c) AND NOT s.isolated
  LIMIT most;
END
$$;

-- With a session go the requests that quote it, whatever became of them, and the facts that nothing else speaks for.
CREATE FUNCTION memori.forget_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  gone uuid[];
BEGIN
  DELETE FROM memori.background_requests r
  WHERE r.tenant_id = OLD.tenant_id AND r.user_id = OLD.user_id AND r.session_id = OLD.id::text;
  IF OLD.isolated THEN RETURN OLD; END IF;
  SELECT coalesce(array_agg(t.id), '{}') INTO gone FROM memori.turns t WHERE t.session_id = OLD.id;
  -- The namespace's lock comes before the memories', as everywhere.
  PERFORM memori.touch_namespace(OLD.tenant_id, OLD.user_id, OLD.namespace, true);
  DELETE FROM memori.memories m
  WHERE m.tenant_id = OLD.tenant_id AND m.user_id = OLD.user_id AND m.namespace = OLD.namespace AND m.origin = 'drawn'
    AND m.source_turn_ids <> '{}' AND m.source_turn_ids <@ gone;
  UPDATE memori.memories m
  SET source_turn_ids = ARRAY(SELECT u FROM unnest(m.source_turn_ids) u WHERE u <> ALL (gone))
  WHERE m.tenant_id = OLD.tenant_id AND m.user_id = OLD.user_id AND m.namespace = OLD.namespace AND m.origin = 'drawn'
    AND m.source_turn_ids && gone;
  RETURN OLD;
END
$$;
CREATE TRIGGER sessions_forget_drawn BEFORE DELETE ON memori.sessions
  FOR EACH ROW EXECUTE FUNCTION memori.forget_drawn();
CREATE INDEX background_requests_by_session ON memori.background_requests (session_id) WHERE session_id IS NOT NULL;
