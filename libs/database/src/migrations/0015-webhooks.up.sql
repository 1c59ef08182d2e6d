-- Webhooks: who wants to be told of which events, and what became of each telling. The delivery row is the truth; a job or
-- a notification only says "look".

CREATE TABLE memori.webhooks (
  id         uuid PRIMARY KEY,
  tenant_id  text NOT NULL REFERENCES memori.tenants (id) ON DELETE CASCADE,
  url        text NOT NULL,
  events     text[] NOT NULL,
  -- Sealed: it signs what is sent.
  secret     bytea NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX webhooks_by_tenant ON memori.webhooks (tenant_id, id);

CREATE TABLE memori.webhook_deliveries (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id        text NOT NULL,
  webhook_id       uuid NOT NULL REFERENCES memori.webhooks (id) ON DELETE CASCADE,
  event_id         uuid NOT NULL REFERENCES memori.events (id) ON DELETE CASCADE,
  state            text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
  attempts         integer NOT NULL DEFAULT 0,
  run_after        timestamptz NOT NULL DEFAULT clock_timestamp(),
  claim_expires_at timestamptz,
  -- What the last attempt came to: a status of HTTP, or a code of ours. Never a word of the reply.
  last_outcome     text,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at         timestamptz,
  UNIQUE (webhook_id, event_id),
  CHECK ((state = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX webhook_deliveries_due ON memori.webhook_deliveries (run_after) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_failed ON memori.webhook_deliveries (tenant_id, ended_at) WHERE state = 'failed';
CREATE INDEX webhook_deliveries_by_event ON memori.webhook_deliveries (event_id);

-- One delivery for each webhook that wants the event, in the transaction in which it happened.
CREATE FUNCTION memori.tell_webhooks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO memori.webhook_deliveries (tenant_id, webhook_id, event_id)
  SELECT w.tenant_id, w.id, NEW.id FROM memori.webhooks w
  WHERE w.tenant_id = NEW.tenant_id AND (NEW.type = ANY (w.events) OR '*' = ANY (w.events));
  IF FOUND THEN PERFORM pg_notify('memori_webhooks', ''); END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER tell_webhooks AFTER INSERT ON memori.events FOR EACH ROW EXECUTE FUNCTION memori.tell_webhooks();

-- The next deliveries that are due, taken for a while: a process that dies with one leaves it to the next.
CREATE FUNCTION memori.claim_deliveries(most int, claim_ms bigint) RETURNS TABLE (id uuid, tenant_id text, webhook_id uuid,
  url text, secret bytea, attempts int, event_id uuid, type text, data jsonb, at timestamptz) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN QUERY
  WITH due AS (
    SELECT d.id FROM memori.webhook_deliveries d
    WHERE d.state = 'waiting' AND d.run_after <= clock_timestamp()
      AND (d.claim_expires_at IS NULL OR d.claim_expires_at <= clock_timestamp())
    ORDER BY d.run_after LIMIT most FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE memori.webhook_deliveries d SET attempts = d.attempts + 1,
      claim_expires_at = clock_timestamp() + claim_ms * interval '1 millisecond'
    FROM due WHERE d.id = due.id RETURNING d.*
  )
  SELECT t.id, t.tenant_id, t.webhook_id, w.url, w.secret, t.attempts, e.id, e.type, e.data, e.at
  FROM taken t JOIN memori.webhooks w ON w.id = t.webhook_id JOIN memori.events e ON e.id = t.event_id;
END
$$;

-- What an attempt came to. Conditional on the attempt: whoever lost its claim meanwhile changes nothing.
CREATE FUNCTION memori.end_delivery(delivery uuid, attempt int, outcome text, new_state text, wait_ms bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  UPDATE memori.webhook_deliveries d SET state = new_state, last_outcome = outcome, claim_expires_at = NULL,
    run_after = clock_timestamp() + wait_ms * interval '1 millisecond',
    ended_at = CASE new_state WHEN 'waiting' THEN NULL ELSE clock_timestamp() END
  WHERE d.id = delivery AND d.state = 'waiting' AND d.attempts = attempt;
  RETURN FOUND;
END
$$;

SELECT memori.wall('memori.webhooks', by_user => false);
SELECT memori.wall('memori.webhook_deliveries', by_user => false);
