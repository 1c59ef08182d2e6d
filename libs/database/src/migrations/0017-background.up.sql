-- Work for the model that nobody waits for: requests as durable rows, and the message batches that carry them.

CREATE SEQUENCE memori.background_fences;

-- waiting -> submitted (a process or a batch has it) -> ended (the reply is here) -> taken (its consumer has it) | failed.
CREATE TABLE memori.background_requests (
  id               uuid PRIMARY KEY,
  tenant_id        text NOT NULL REFERENCES memori.tenants (id),
  -- Who caused it, and pays.
  user_id          text NOT NULL,
  session_id       text,
  data_source_id   text,
  purpose          text NOT NULL,
  -- The same work asked for twice is one request.
  key              text NOT NULL,
  state            text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'submitted', 'ended', 'taken', 'failed')),
  -- Prompt and reply, encrypted; both are gone once the reply was taken.
  body_sealed      bytea,
  reply_sealed     bytea,
  attempts         integer NOT NULL DEFAULT 0,
  deliveries       integer NOT NULL DEFAULT 0,
  run_after        timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Rises with every claim: a write counts only while the row still carries the number of its claim.
  fence            bigint NOT NULL DEFAULT 0,
  claimed_by       text,
  claim_expires_at timestamptz,
  -- Of a batch: the attempt in the ledger is the custom_id there.
  batch_id         uuid,
  attempt_id       uuid,
  error            json,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at         timestamptz,
  UNIQUE (tenant_id, purpose, key),
  CHECK ((state = 'taken') = (body_sealed IS NULL))
);
CREATE INDEX background_requests_waiting ON memori.background_requests (run_after) WHERE state IN ('waiting', 'ended');
CREATE INDEX background_requests_submitted ON memori.background_requests (batch_id) WHERE state = 'submitted';
CREATE INDEX background_requests_by_state ON memori.background_requests (tenant_id, state, ended_at DESC, id DESC);
SELECT memori.wall('memori.background_requests', by_user => true);

-- One message batch. It carries requests of several tenants and belongs to none. 'creating': sent, and its id not known.
CREATE TABLE memori.llm_batches (
  id               uuid PRIMARY KEY,
  provider_id      text UNIQUE,
  state            text NOT NULL DEFAULT 'creating' CHECK (state IN ('creating', 'open', 'ended', 'lost')),
  requests         integer NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  look_at          timestamptz NOT NULL,
  claimed_by       text,
  claim_expires_at timestamptz,
  ended_at         timestamptz,
  CHECK ((state IN ('ended', 'lost')) = (ended_at IS NOT NULL))
);
CREATE INDEX llm_batches_to_look_at ON memori.llm_batches (look_at) WHERE state IN ('creating', 'open');

-- Takes up to `most` requests that are ready, the oldest first. With `enough` or more ready, or with one that has been
-- ready for `patience_ms`; else none, so that a batch is worth its while.
CREATE FUNCTION memori.claim_background(worker text, claim_ms integer, most integer, enough integer, patience_ms integer)
RETURNS SETOF memori.background_requests LANGUAGE plpgsql AS $$
DECLARE
  ready  bigint;
  oldest timestamptz;
BEGIN
  PERFORM memori.enter('*', '*');
  SELECT count(*), min(run_after) INTO ready, oldest FROM memori.background_requests
  WHERE state = 'waiting' AND run_after <= clock_timestamp();
  IF ready = 0 OR (ready < enough AND oldest > clock_timestamp() - make_interval(secs => patience_ms / 1000.0)) THEN RETURN; END IF;
  -- Materialized: a plan that ran the choice again for every row would take more than `most`.
  RETURN QUERY WITH chosen AS MATERIALIZED (
      SELECT w.id FROM memori.background_requests w
      WHERE w.state = 'waiting' AND w.run_after <= clock_timestamp()
      ORDER BY w.run_after, w.id LIMIT most FOR UPDATE SKIP LOCKED
    )
    UPDATE memori.background_requests r SET state = 'submitted', fence = nextval('memori.background_fences'),
      claimed_by = worker, claim_expires_at = clock_timestamp() + make_interval(secs => claim_ms / 1000.0),
      batch_id = NULL, attempt_id = NULL
    FROM chosen WHERE r.id = chosen.id
    RETURNING r.*;
END
$$;

-- Ties claimed requests, with their reservations, to a batch that is about to be sent: one commit before the socket is
-- written, in which each attempt counts as sent and its hold gets the long life of a batch. Answers the attempts that may
-- go; a claim or a hold that is lost meanwhile stays behind.
CREATE FUNCTION memori.open_batch(batch uuid, ids uuid[], fences bigint[], attempt_ids uuid[], hold_ms bigint, look_ms bigint)
RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
  going uuid[];
BEGIN
  PERFORM memori.enter('*', '*');
  WITH mine AS (
    SELECT r.id, c.attempt_id FROM unnest(ids, fences, attempt_ids) AS c (id, fence, attempt_id)
    JOIN memori.background_requests r ON r.id = c.id AND r.fence = c.fence AND r.state = 'submitted'
    ORDER BY r.id FOR UPDATE OF r
  ), sent AS (
    UPDATE memori.attempts a SET state = 'sent', sent_at = clock_timestamp()
    FROM mine WHERE a.id = mine.attempt_id AND a.state = 'prepared' RETURNING a.id
  ), kept AS (
    UPDATE memori.holds h SET expires_at = clock_timestamp() + make_interval(secs => hold_ms / 1000.0)
    FROM sent WHERE h.attempt_id = sent.id AND h.state = 'open' RETURNING h.attempt_id
  ), tied AS (
    UPDATE memori.background_requests r SET batch_id = batch, attempt_id = mine.attempt_id, claim_expires_at = NULL
    FROM mine JOIN kept ON kept.attempt_id = mine.attempt_id WHERE r.id = mine.id RETURNING r.attempt_id
  )
  SELECT array_agg(attempt_id) INTO going FROM tied;
  IF going IS NOT NULL THEN
    INSERT INTO memori.llm_batches (id, requests, look_at)
    VALUES (batch, cardinality(going), clock_timestamp() + make_interval(secs => look_ms / 1000.0));
  END IF;
  RETURN QUERY SELECT unnest(going);
END
$$;

-- One batch that is due, for one process at a time.
CREATE FUNCTION memori.claim_batch(worker text, claim_ms integer) RETURNS SETOF memori.llm_batches LANGUAGE sql AS $$
  UPDATE memori.llm_batches SET claimed_by = worker,
    claim_expires_at = clock_timestamp() + make_interval(secs => claim_ms / 1000.0)
  WHERE id = (SELECT id FROM memori.llm_batches
              WHERE state IN ('creating', 'open') AND look_at <= clock_timestamp()
                AND (claim_expires_at IS NULL OR claim_expires_at < clock_timestamp())
              ORDER BY look_at LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING *
$$;

-- Requests whose process died before it could say how they ended go back to the line; one that took several down fails.
-- Replies that were taken long ago are forgotten, and batches with them.
CREATE FUNCTION memori.sweep_background(most_attempts integer, problem json, keep_days integer)
RETURNS SETOF uuid LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  DELETE FROM memori.background_requests WHERE state = 'taken' AND ended_at < clock_timestamp() - make_interval(days => keep_days);
  DELETE FROM memori.llm_batches WHERE ended_at < clock_timestamp() - make_interval(days => keep_days);
  RETURN QUERY UPDATE memori.background_requests r SET attempts = r.attempts + 1, fence = nextval('memori.background_fences'),
      state = CASE WHEN r.attempts + 1 >= most_attempts THEN 'failed' ELSE 'waiting' END, error = problem,
      ended_at = CASE WHEN r.attempts + 1 >= most_attempts THEN clock_timestamp() END,
      run_after = clock_timestamp(), claimed_by = NULL, claim_expires_at = NULL
    WHERE r.state = 'submitted' AND r.batch_id IS NULL AND r.claim_expires_at < clock_timestamp()
    RETURNING r.id;
END
$$;

-- Names under which people speak of tables and columns, in several languages. A person's word is never overwritten.
CREATE TABLE memori.catalog_aliases (
  tenant_id      text NOT NULL REFERENCES memori.tenants (id),
  data_source_id uuid NOT NULL,
  schema_name    text NOT NULL,
  table_name     text NOT NULL,
  -- Empty: of the table itself.
  column_name    text NOT NULL,
  language       text NOT NULL,
  source         text NOT NULL CHECK (source IN ('model', 'person')),
  aliases        text[] NOT NULL,
  updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (data_source_id, schema_name, table_name, column_name, language),
  FOREIGN KEY (tenant_id, data_source_id) REFERENCES memori.data_sources (tenant_id, id) ON DELETE CASCADE
);
SELECT memori.wall('memori.catalog_aliases', by_user => false);

-- What the model has described already, by its shape: a hash of names, types and comments. Wide tables come in parts.
CREATE TABLE memori.described_tables (
  tenant_id      text NOT NULL REFERENCES memori.tenants (id),
  data_source_id uuid NOT NULL,
  schema_name    text NOT NULL,
  table_name     text NOT NULL,
  part           integer NOT NULL,
  shape          text NOT NULL,
  PRIMARY KEY (data_source_id, schema_name, table_name, part),
  FOREIGN KEY (tenant_id, data_source_id) REFERENCES memori.data_sources (tenant_id, id) ON DELETE CASCADE
);
SELECT memori.wall('memori.described_tables', by_user => false);
