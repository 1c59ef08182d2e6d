-- Answers that are served again: which question they belong to is in a hash, what they say is encrypted.

CREATE TABLE memori.cached_answers (
  id             uuid PRIMARY KEY,
  tenant_id      text NOT NULL REFERENCES memori.tenants (id),
  -- Null: nothing of one user stood in the prompt, so it is the whole tenant's.
  user_id        text,
  -- Not null: what was said in this session stood in the prompt.
  session_id     uuid REFERENCES memori.sessions (id) ON DELETE CASCADE,
  data_source_id uuid NOT NULL REFERENCES memori.data_sources (id) ON DELETE CASCADE,
  -- The question that the model answered. Whoever erases it erases what came of it.
  question_id    uuid NOT NULL REFERENCES memori.questions (id) ON DELETE CASCADE,
  -- Hash of the question's form and of all that stood in the prompt.
  key            bytea NOT NULL,
  sealed         bytea NOT NULL,
  -- Memories and turns that stood in the prompt.
  used_ids       uuid[] NOT NULL DEFAULT '{}',
  -- What the model was paid for it: what a repeat saves.
  saved_tokens   bigint NOT NULL,
  saved_nano_usd bigint NOT NULL,
  model          text,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at     timestamptz NOT NULL,
  last_used_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (tenant_id, key),
  CHECK (session_id IS NULL OR user_id IS NOT NULL)
);
CREATE INDEX cached_answers_by_use ON memori.cached_answers (tenant_id, last_used_at);
CREATE INDEX cached_answers_by_expiry ON memori.cached_answers (expires_at);
CREATE INDEX cached_answers_by_question ON memori.cached_answers (question_id);
CREATE INDEX cached_answers_by_source ON memori.cached_answers (data_source_id);
CREATE INDEX cached_answers_by_session ON memori.cached_answers (session_id) WHERE session_id IS NOT NULL;
SELECT memori.wall('memori.cached_answers', by_user => true);
CREATE POLICY tenant_wide ON memori.cached_answers FOR SELECT
  USING ((SELECT current_setting('memori.tenant_id', true)) = tenant_id AND user_id IS NULL);

-- Under which key the answer of a question was stored, or found: a verdict on it is one on the stored answer.
ALTER TABLE memori.questions ADD COLUMN cache_key bytea;
CREATE INDEX questions_by_cache_key ON memori.questions (tenant_id, cache_key) WHERE cache_key IS NOT NULL;

-- Verdicts and new answers under one key come one after the other.
CREATE FUNCTION memori.lock_cached_answer(tenant text, wanted bytea) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended(tenant || ' ' || encode(wanted, 'hex'), 22))
$$;

-- The stored answer under the first of the keys that has one. `asked`: the question that it is for; null leaves no trace.
CREATE FUNCTION memori.find_cached_answer(tenant text, usr text, keys bytea[], asked uuid)
RETURNS SETOF memori.cached_answers LANGUAGE plpgsql AS $$
DECLARE
  hit memori.cached_answers;
BEGIN
  PERFORM memori.enter(tenant, usr);
  SELECT * INTO hit FROM memori.cached_answers c
  WHERE c.tenant_id = tenant AND c.key = ANY (keys) AND (c.user_id IS NULL OR c.user_id = usr)
    AND c.expires_at > clock_timestamp()
  ORDER BY array_position(keys, c.key) LIMIT 1;
  IF NOT FOUND THEN RETURN; END IF;
  IF asked IS NOT NULL THEN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE memori.questions q SET cache_key = hit.key WHERE q.id = asked AND q.tenant_id = tenant AND q.user_id = usr;
    -- Who was used last need not be known to the second: a row is not written again for each hit.
    IF hit.last_used_at < clock_timestamp() - interval '1 minute' THEN
      PERFORM memori.enter(tenant, '*');
      UPDATE memori.cached_answers c SET last_used_at = clock_timestamp() WHERE c.id = hit.id;
    END IF;
  END IF;
  RETURN NEXT hit;
END
$$;

-- False: the question is gone, somebody called the same SQL under this key wrong, or what was used is gone or erased.
CREATE FUNCTION memori.keep_cached_answer(
  tenant text, new_id uuid, answered uuid, owner text, in_session uuid, new_key bytea, new_sealed bytea, used uuid[],
  answer_sql text, life_ms double precision, tokens bigint, nano_usd bigint, by_model text
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  source uuid;
BEGIN
  PERFORM memori.enter(tenant, '*'), set_config('synchronous_commit', 'off', true);
  UPDATE memori.questions q SET cache_key = new_key WHERE q.id = answered AND q.tenant_id = tenant AND q.status = 'answered'
  RETURNING q.data_source_id INTO source;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM memori.lock_cached_answer(tenant, new_key);
  IF EXISTS (
    SELECT FROM memori.questions q JOIN memori.question_feedback f ON f.question_id = q.id
    WHERE q.tenant_id = tenant AND q.cache_key = new_key AND q.answer->>'sql' = answer_sql AND f.verdict = 'incorrect'
      AND NOT EXISTS (SELECT FROM memori.question_feedback later
                      WHERE later.question_id = q.id AND later.user_id = f.user_id AND later.id > f.id AND later.verdict = 'correct'))
  THEN RETURN false; END IF;
  IF EXISTS (
    SELECT FROM unnest(used) AS u (id)
    WHERE NOT EXISTS (SELECT FROM memori.memories m WHERE m.id = u.id) AND NOT EXISTS (SELECT FROM memori.turns t WHERE t.id = u.id))
    OR NOT EXISTS (SELECT FROM memori.data_sources d WHERE d.id = source)
  THEN RETURN false; END IF;
  INSERT INTO memori.cached_answers AS c (id, tenant_id, user_id, session_id, data_source_id, question_id, key, sealed,
    used_ids, saved_tokens, saved_nano_usd, model, expires_at)
  VALUES (new_id, tenant, owner, in_session, source, answered, new_key, new_sealed, used, tokens, nano_usd, by_model,
    clock_timestamp() + life_ms * interval '1 ms')
  ON CONFLICT (tenant_id, key) DO UPDATE SET id = excluded.id, question_id = excluded.question_id, sealed = excluded.sealed,
    used_ids = excluded.used_ids, saved_tokens = excluded.saved_tokens, saved_nano_usd = excluded.saved_nano_usd,
    model = excluded.model, created_at = clock_timestamp(), expires_at = excluded.expires_at, last_used_at = clock_timestamp();
  RETURN true;
END
$$;

-- Inside the transaction of the one who says so: the stored answer that this question was served, or gave.
CREATE FUNCTION memori.evict_cached_answer(tenant text, usr text, asked uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  its_key bytea;
  gone    integer := 0;
BEGIN
  PERFORM memori.enter(tenant, '*');
  SELECT q.cache_key INTO its_key FROM memori.questions q WHERE q.id = asked AND q.tenant_id = tenant FOR UPDATE;
  IF its_key IS NOT NULL THEN
    PERFORM memori.lock_cached_answer(tenant, its_key);
    DELETE FROM memori.cached_answers c WHERE c.tenant_id = tenant AND c.key = its_key;
    GET DIAGNOSTICS gone = ROW_COUNT;
  END IF;
  PERFORM memori.enter(tenant, usr);
  RETURN gone;
END
$$;

-- Its SQL no longer runs. Another answer may have taken its place meanwhile, and stays.
CREATE FUNCTION memori.drop_cached_answer(tenant text, wanted uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  gone integer;
BEGIN
  PERFORM memori.enter(tenant, '*'), set_config('synchronous_commit', 'off', true);
  DELETE FROM memori.cached_answers c WHERE c.id = wanted AND c.tenant_id = tenant;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END
$$;

-- What is over, and of each tenant what is beyond `most`, the longest unused first.
CREATE FUNCTION memori.sweep_cached_answers(most integer, OUT expired integer, OUT overflow integer) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  DELETE FROM memori.cached_answers c WHERE c.expires_at <= clock_timestamp();
  GET DIAGNOSTICS expired = ROW_COUNT;
  DELETE FROM memori.cached_answers c USING (
    SELECT o.id, row_number() OVER (PARTITION BY o.tenant_id ORDER BY o.last_used_at DESC, o.id DESC) AS place
    FROM memori.cached_answers o) AS ranked
  WHERE ranked.id = c.id AND ranked.place > most;
  GET DIAGNOSTICS overflow = ROW_COUNT;
END
$$;

-- The key of an answer holds what its prompt was told, so one that used what is gone would never be found again. It goes all
-- the same: what was forgotten is to leave nothing behind, whosever the answer is.
CREATE FUNCTION memori.drop_answers_that_used(tenants text[], gone uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  usr text := current_setting('memori.user_id', true);
BEGIN
  PERFORM set_config('memori.user_id', '*', true);
  DELETE FROM memori.cached_answers c
  WHERE c.used_ids <> '{}' AND c.tenant_id = ANY (tenants)
    AND EXISTS (SELECT FROM unnest(c.used_ids) AS u (id) WHERE u.id IN (SELECT unnest(gone)));
  PERFORM set_config('memori.user_id', coalesce(usr, ''), true);
END
$$;

CREATE FUNCTION memori.cached_answers_lose_source() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.drop_answers_that_used(array_agg(DISTINCT g.tenant_id), array_agg(g.id)) FROM gone g HAVING count(*) > 0;
  RETURN NULL;
END
$$;
CREATE TRIGGER memories_leave_cached_answers AFTER DELETE ON memori.memories REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION memori.cached_answers_lose_source();
CREATE TRIGGER turns_leave_cached_answers AFTER DELETE ON memori.turns REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION memori.cached_answers_lose_source();

CREATE FUNCTION memori.cached_answers_lose_memory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.drop_answers_that_used(ARRAY[OLD.tenant_id], ARRAY[OLD.id]);
  RETURN NULL;
END
$$;
CREATE TRIGGER memories_change_cached_answers AFTER UPDATE OF content, category, importance, valid_from, valid_to
  ON memori.memories FOR EACH ROW EXECUTE FUNCTION memori.cached_answers_lose_memory();
