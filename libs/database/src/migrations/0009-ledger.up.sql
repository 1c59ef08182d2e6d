-- The ledger in full: limits that administrators set, in every scope and window; alerts, savings, the self-audit.
--
-- Which limits count stands in memori.limits alone, those of the configuration included: every instance sees the same.
-- An account is live while a limit bears on it. A live account knows every charge and every open hold of its scope and
-- window: it is opened with the sums of the journal, and that while no ledger function runs. For that, whatever moves
-- sums takes a ROW SHARE lock on memori.limits first, and whatever opens or closes accounts beside the first call of a
-- window takes EXCLUSIVE. The former costs nothing (it never leaves PostgreSQL's fast path), the latter is rare.
-- Rows are locked in one order: hold, attempt, then accounts by id.
--
-- Moves commit without waiting for the disk, so that no row stays locked meanwhile; who must not lose one calls
-- memori.reach_disk() behind it and answers after that. What a commit saw is on the disk before it.

-- The tables are walled for their owner as well.
SELECT memori.enter('*', '*');

CREATE TABLE memori.limits (
  scope          text NOT NULL CHECK (scope IN ('user', 'session', 'tenant', 'data-source', 'global')),
  -- '*': of the installation.
  tenant_id      text NOT NULL CHECK (scope <> 'global' OR tenant_id = '*'),
  -- '*': whoever has no limit of his own.
  scope_id       text NOT NULL CHECK (tenant_id <> '*' OR scope_id = '*'),
  period         text NOT NULL CHECK (period IN ('day', 'month', 'total')),
  origin         text NOT NULL CHECK (origin IN ('administrator', 'configured')),
  -- Both null: surely unlimited, whatever a wider limit says.
  limit_tokens   bigint CHECK (limit_tokens >= 0),
  limit_nano_usd bigint CHECK (limit_nano_usd >= 0),
  -- Share of the limit at which the alert is raised; null: the configured one; 0: none.
  soft           numeric CHECK (soft BETWEEN 0 AND 1),
  -- Set from above: the tenant's own administrators may not change it.
  by_installation boolean NOT NULL DEFAULT false,
  set_by         text NOT NULL,
  set_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (scope_id, tenant_id, scope, period, origin)
);

ALTER TABLE memori.accounts
  ADD COLUMN is_live boolean NOT NULL DEFAULT true,
  ADD COLUMN alert_tokens bigint,
  ADD COLUMN alert_nano_usd bigint,
  -- When the alert of this window was raised: once, by the transaction that crossed the line.
  ADD COLUMN alerted_at timestamptz;

-- A day of the tenant is no day of the installation: both are kept, as they were when the hold was opened.
ALTER TABLE memori.attempts ADD COLUMN global_day date;
UPDATE memori.attempts SET global_day = day;
ALTER TABLE memori.attempts ALTER COLUMN global_day SET NOT NULL;

ALTER TABLE memori.journal DISABLE TRIGGER journal_append_only;
ALTER TABLE memori.journal ADD COLUMN global_day date, ADD COLUMN saved_tokens bigint NOT NULL DEFAULT 0;
UPDATE memori.journal SET global_day = day;
ALTER TABLE memori.journal ALTER COLUMN global_day SET NOT NULL;
ALTER TABLE memori.journal ENABLE TRIGGER journal_append_only;
-- saving: an answer that needed no call. It moves no sum.
ALTER TABLE memori.journal DROP CONSTRAINT journal_entry_check,
  ADD CONSTRAINT journal_entry_check CHECK (entry IN ('charge', 'correction', 'limit', 'saving')),
  ADD CONSTRAINT journal_savings_cost_nothing CHECK (entry <> 'saving' OR (nano_usd = 0 AND limit_tokens = 0));

-- One function writes both rows; to look the attempt up again at every hold is time for nothing.
ALTER TABLE memori.holds DROP CONSTRAINT holds_attempt_id_fkey;

-- What happened, for whoever wants to be told. Written in the transaction in which it happened.
CREATE TABLE memori.events (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id  text NOT NULL,
  -- Whom it is about, so that it can be forgotten; '*': nobody in particular.
  user_id    text NOT NULL DEFAULT '*',
  type       text NOT NULL,
  data       jsonb NOT NULL,
  at         timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX events_by_time ON memori.events (tenant_id, at);

DROP FUNCTION memori.reserve(jsonb);
DROP FUNCTION memori.change_limit(memori.accounts, bigint, bigint);
DROP FUNCTION memori.account_for(memori.limit_line);
DROP FUNCTION memori.budget_standing(jsonb);
DROP FUNCTION memori.budget_line(memori.limit_line, memori.accounts);
DROP FUNCTION memori.limits_of(jsonb);
DROP FUNCTION memori.time_zone_of(jsonb);
DROP TYPE memori.limit_line;

-- The time by which windows begin and end. A function of its own, so that a test can let midnight pass.
CREATE FUNCTION memori.ledger_time() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT now() $$;

CREATE FUNCTION memori.window_start(period text, today timestamp) RETURNS date LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE period WHEN 'day' THEN today::date WHEN 'month' THEN date_trunc('month', today)::date
                     ELSE '0001-01-01'::date END
$$;

CREATE FUNCTION memori.window_end(period text, starts_on date) RETURNS date LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE period WHEN 'day' THEN starts_on + 1 WHEN 'month' THEN (starts_on + interval '1 month')::date END
$$;

-- The limits that bear on a call, each with its window now. `call`: tenantId, userId, sessionId, dataSourceId, timeZone (of
-- the installation), alertAt. A scope that the call has not (no session, say) limits nothing.
CREATE TYPE memori.limit_line AS (
  scope text, tenant_id text, scope_id text, period text, starts_on date, resets_at timestamptz,
  limit_tokens bigint, limit_nano_usd bigint, alert_tokens bigint, alert_nano_usd bigint
);

-- Of the limits for the same scope and window the nearest counts: of this one, of all of the tenant, of all, configured.
CREATE FUNCTION memori.limits_of(call jsonb) RETURNS SETOF memori.limit_line LANGUAGE sql STABLE AS $$
  SELECT n.scope, n.tenant, n.id, n.period, memori.window_start(n.period, n.today),
         memori.window_end(n.period, memori.window_start(n.period, n.today))::timestamp AT TIME ZONE n.zone,
         n.limit_tokens, n.limit_nano_usd,
         CASE WHEN n.alert_at > 0 THEN ceil(n.limit_tokens * n.alert_at)::bigint END,
         CASE WHEN n.alert_at > 0 THEN ceil(n.limit_nano_usd * n.alert_at)::bigint END
  FROM (
    SELECT DISTINCT ON (m.scope, m.period) m.scope, m.period, m.limit_tokens, m.limit_nano_usd,
           coalesce(m.soft, (call->>'alertAt')::numeric) AS alert_at,
           CASE m.scope WHEN 'global' THEN '*' ELSE call->>'tenantId' END AS tenant,
           CASE m.scope WHEN 'user' THEN call->>'userId' WHEN 'session' THEN call->>'sessionId'
                        WHEN 'data-source' THEN call->>'dataSourceId' WHEN 'tenant' THEN call->>'tenantId'
                        ELSE '*' END AS id,
           z.zone, memori.ledger_time() AT TIME ZONE z.zone AS today
    FROM memori.limits m
    LEFT JOIN memori.tenants t ON t.id = call->>'tenantId'
    CROSS JOIN LATERAL (SELECT CASE WHEN m.scope = 'global' OR t.id IS NULL THEN call->>'timeZone'
                                    ELSE t.time_zone END AS zone) z
    WHERE m.scope_id = ANY (ARRAY['*', call->>'userId', call->>'sessionId', call->>'dataSourceId', call->>'tenantId'])
      AND m.tenant_id = ANY (ARRAY['*', call->>'tenantId'])
      AND CASE m.scope WHEN 'user' THEN m.scope_id IN ('*', call->>'userId')
                       WHEN 'session' THEN call->>'sessionId' IS NOT NULL AND m.scope_id IN ('*', call->>'sessionId')
                       WHEN 'data-source' THEN call->>'dataSourceId' IS NOT NULL AND m.scope_id IN ('*', call->>'dataSourceId')
                       WHEN 'tenant' THEN m.scope_id IN ('*', call->>'tenantId')
                       ELSE true END
    ORDER BY m.scope, m.period, m.origin, m.scope_id = '*', m.tenant_id = '*'
  ) n
  WHERE n.limit_tokens IS NOT NULL OR n.limit_nano_usd IS NOT NULL
$$;

-- How a limit stands, as callers read it. Nano-dollars travel as text: JSON numbers are doubles.
CREATE FUNCTION memori.budget_line(l memori.limit_line, a memori.accounts) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN jsonb_build_object(
    'scope', l.scope, 'scopeId', l.scope_id, 'period', l.period,
    'resetsAt', to_char(l.resets_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'resetsInMs', ceil(extract(epoch FROM l.resets_at - clock_timestamp()) * 1000)::bigint,
    'limitTokens', l.limit_tokens, 'postedTokens', coalesce(a.posted_tokens, 0), 'heldTokens', coalesce(a.held_tokens, 0),
    'limitNanoUsd', l.limit_nano_usd::text, 'postedNanoUsd', coalesce(a.posted_nano_usd, 0)::text,
    'heldNanoUsd', coalesce(a.held_nano_usd, 0)::text);
END
$$;

CREATE FUNCTION memori.budget_standing(call jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN (SELECT coalesce(jsonb_agg(memori.budget_line(l, a) ORDER BY l.scope DESC, l.period), '[]')
          FROM memori.limits_of(call) l
          LEFT JOIN memori.accounts a USING (scope, tenant_id, scope_id, period, starts_on));
END
$$;

-- The line that would refuse `tokens` and `nanoUsd` now, as memori.reserve would choose it; null: they fit. Holds nothing.
CREATE FUNCTION memori.would_refuse(call jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN (SELECT memori.budget_line(l, a) FROM memori.limits_of(call) l
          LEFT JOIN memori.accounts a USING (scope, tenant_id, scope_id, period, starts_on)
          WHERE coalesce(a.posted_tokens + a.held_tokens, 0) + (call->>'tokens')::bigint > l.limit_tokens
             OR coalesce(a.posted_nano_usd + a.held_nano_usd, 0) + (call->>'nanoUsd')::bigint > l.limit_nano_usd
          ORDER BY l.resets_at DESC NULLS FIRST LIMIT 1);
END
$$;

-- Everything before this is on the disk when its commit returns. One flush serves all who wait at the same time.
CREATE FUNCTION memori.reach_disk() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_logical_emit_message(true, 'memori', '');
END
$$;

-- Raises the alert of an account whose spending has crossed its line, once in its window. To be called with its row locked.
CREATE FUNCTION memori.raise_alert(a memori.accounts) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  alert jsonb;
BEGIN
  alert := jsonb_build_object('accountId', a.id::text, 'scope', a.scope, 'scopeId', a.scope_id, 'window', a.period,
    'startsOn', CASE a.period WHEN 'total' THEN NULL ELSE a.starts_on::text END,
    'limitTokens', a.limit_tokens, 'postedTokens', a.posted_tokens, 'alertAtTokens', a.alert_tokens,
    'limitUsd', round(a.limit_nano_usd / 1e9, 9), 'postedUsd', round(a.posted_nano_usd / 1e9, 9),
    'alertAtUsd', round(a.alert_nano_usd / 1e9, 9));
  INSERT INTO memori.events (tenant_id, user_id, type, data)
  VALUES (CASE a.tenant_id WHEN '*' THEN 'default' ELSE a.tenant_id END,
          CASE a.scope WHEN 'user' THEN a.scope_id ELSE '*' END, 'budget.alert', alert);
  RETURN alert;
END
$$;

-- Whatever already stands above a lowered limit is flagged, so that the limit holds for all that comes after. The row is
-- locked. `alerted_at` is now() when the new limit lets an alert through.
CREATE FUNCTION memori.change_limit(a memori.accounts, l memori.limit_line) RETURNS memori.accounts LANGUAGE plpgsql AS $$
DECLARE
  over_tokens bigint := greatest(0, coalesce(a.posted_tokens + a.held_tokens - a.excess_tokens - l.limit_tokens, 0));
  over_nano   bigint := greatest(0, coalesce(a.posted_nano_usd + a.held_nano_usd - a.excess_nano_usd - l.limit_nano_usd, 0));
BEGIN
  UPDATE memori.accounts SET limit_tokens = l.limit_tokens, limit_nano_usd = l.limit_nano_usd,
    alert_tokens = l.alert_tokens, alert_nano_usd = l.alert_nano_usd,
    alerted_at = CASE WHEN alerted_at IS NULL AND (posted_tokens >= l.alert_tokens OR posted_nano_usd >= l.alert_nano_usd)
                      THEN now() ELSE alerted_at END,
    excess_tokens = excess_tokens + over_tokens, excess_nano_usd = excess_nano_usd + over_nano
  WHERE id = a.id RETURNING * INTO a;
  IF over_tokens > 0 OR over_nano > 0 THEN
    INSERT INTO memori.journal (entry, tenant_id, user_id, day, global_day, account_ids, reasons, excess_tokens, excess_nano_usd)
    VALUES ('limit', a.tenant_id, CASE a.scope WHEN 'user' THEN a.scope_id ELSE '*' END, a.starts_on, a.starts_on,
            ARRAY[a.id], '{limit_lowered}', over_tokens, over_nano);
  END IF;
  RETURN a;
END
$$;

-- The accounts of some lines, in their order. Missing ones are made, in the order of their keys and before any row is
-- locked: this is the first call of a window, for whatever was there before a limit was opened with it.
CREATE FUNCTION memori.accounts_for(lines memori.limit_line[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO memori.accounts (scope, tenant_id, scope_id, period, starts_on, limit_tokens, limit_nano_usd, alert_tokens,
                               alert_nano_usd)
  SELECT l.scope, l.tenant_id, l.scope_id, l.period, l.starts_on, l.limit_tokens, l.limit_nano_usd, l.alert_tokens,
         l.alert_nano_usd
  FROM unnest(lines) l
  WHERE NOT EXISTS (SELECT 1 FROM memori.accounts a
    WHERE (a.scope, a.tenant_id, a.scope_id, a.period, a.starts_on) = (l.scope, l.tenant_id, l.scope_id, l.period, l.starts_on))
  ORDER BY l.scope, l.tenant_id, l.scope_id, l.period
  ON CONFLICT DO NOTHING;
  -- Ours, or those of a neighbour who was faster and has committed by now.
  RETURN ARRAY(SELECT a.id FROM unnest(lines) WITH ORDINALITY l
    JOIN memori.accounts a USING (scope, tenant_id, scope_id, period, starts_on) ORDER BY l.ordinality);
END
$$;

-- Locks the accounts in the order of their ids, gives each its limit of today and keeps the amounts aside in all or none.
-- Answers the refusal, null when there is none; `alerts` are those that a changed limit raised.
CREATE FUNCTION memori.hold_in_all(lines memori.limit_line[], ids bigint[], asked_tokens bigint, asked_nano bigint,
                                   OUT refused jsonb, OUT alerts jsonb[]) LANGUAGE plpgsql AS $$
DECLARE
  l            memori.limit_line;
  a            memori.accounts;
  refused_till timestamptz := '-infinity';
BEGIN
  FOR a IN SELECT * FROM memori.accounts WHERE id = ANY (ids) ORDER BY id FOR UPDATE LOOP
    l := lines[array_position(ids, a.id)];
    IF (a.limit_tokens, a.limit_nano_usd, a.alert_tokens, a.alert_nano_usd)
       IS DISTINCT FROM (l.limit_tokens, l.limit_nano_usd, l.alert_tokens, l.alert_nano_usd) THEN
      a := memori.change_limit(a, l);
      IF a.alerted_at = now() THEN alerts := alerts || memori.raise_alert(a); END IF;
    END IF;
    -- Of several refusals the one that lasts longest is told: before it ends, asking again is of no use.
    IF (a.posted_tokens + a.held_tokens + asked_tokens > a.limit_tokens
        OR a.posted_nano_usd + a.held_nano_usd + asked_nano > a.limit_nano_usd)
       AND coalesce(l.resets_at, 'infinity') > refused_till THEN
      refused := memori.budget_line(l, a);
      refused_till := coalesce(l.resets_at, 'infinity');
    END IF;
  END LOOP;
  IF refused IS NULL THEN
    UPDATE memori.accounts SET held_tokens = held_tokens + asked_tokens, held_nano_usd = held_nano_usd + asked_nano
    WHERE id = ANY (ids);
  END IF;
END
$$;

-- Reserves in every limited scope of a call or in none, and writes the attempt row, in one commit that does not wait for
-- the disk: memori.mark_sent does, before anything is sent, and what was never sent costs nothing when it is lost.
CREATE FUNCTION memori.reserve(call jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  asked_tokens bigint := (call->>'tokens')::bigint;
  asked_nano   bigint := (call->>'nanoUsd')::bigint;
  attempt      uuid := (call->>'attemptId')::uuid;
  zone         text := call->>'timeZone';
  lines        memori.limit_line[];
  l            memori.limit_line;
  ids          bigint[];
  all_or_none  record;
  alerts       jsonb := '[]';
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  LOCK TABLE memori.limits IN ROW SHARE MODE;
  SELECT array_agg(m), array_agg(a.id) INTO lines, ids FROM memori.limits_of(call) m
  LEFT JOIN memori.accounts a USING (scope, tenant_id, scope_id, period, starts_on);
  IF array_position(ids, NULL) IS NOT NULL THEN ids := memori.accounts_for(lines); END IF;
  IF cardinality(ids) = 1 THEN
    -- One statement when one limit bears on the call and has room, as is most common.
    l := lines[1];
    UPDATE memori.accounts SET held_tokens = held_tokens + asked_tokens, held_nano_usd = held_nano_usd + asked_nano
    WHERE id = ids[1]
      AND (limit_tokens, limit_nano_usd, alert_tokens, alert_nano_usd)
          IS NOT DISTINCT FROM (l.limit_tokens, l.limit_nano_usd, l.alert_tokens, l.alert_nano_usd)
      AND (limit_tokens IS NULL OR posted_tokens + held_tokens + asked_tokens <= limit_tokens)
      AND (limit_nano_usd IS NULL OR posted_nano_usd + held_nano_usd + asked_nano <= limit_nano_usd);
  END IF;
  IF ids IS NOT NULL AND (cardinality(ids) > 1 OR NOT FOUND) THEN
    all_or_none := memori.hold_in_all(lines, ids, asked_tokens, asked_nano);
    alerts := coalesce(to_jsonb(all_or_none.alerts), '[]');
    IF all_or_none.refused IS NOT NULL THEN
      RETURN jsonb_build_object('refused', all_or_none.refused, 'alerts', alerts);
    END IF;
  END IF;

  INSERT INTO memori.attempts (id, tenant_id, user_id, session_id, data_source_id, question_id, purpose, model,
                               price_version, fence, day, global_day, reserved)
  VALUES (attempt, call->>'tenantId', call->>'userId', call->>'sessionId', call->>'dataSourceId', call->>'questionId',
          call->>'purpose', call->>'model', call->>'priceVersion', (call->>'fence')::bigint,
          (memori.ledger_time() AT TIME ZONE
            coalesce((SELECT t.time_zone FROM memori.tenants t WHERE t.id = call->>'tenantId'), zone))::date,
          (memori.ledger_time() AT TIME ZONE zone)::date, call->'reserved');
  INSERT INTO memori.holds (attempt_id, tenant_id, user_id, account_ids, tokens, nano_usd, expires_at)
  VALUES (attempt, call->>'tenantId', call->>'userId', coalesce(ids, '{}'), asked_tokens, asked_nano,
          clock_timestamp() + (call->>'ttlMs')::bigint * interval '1 millisecond');
  RETURN jsonb_build_object('alerts', alerts);
END
$$;

-- True: the request may go out. False: the hold has expired meanwhile and was given back. Waits for the disk even in one
-- transaction with a reservation that does not.
CREATE OR REPLACE FUNCTION memori.mark_sent(attempt uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  IF current_setting('synchronous_commit') = 'off' THEN PERFORM set_config('synchronous_commit', 'on', true); END IF;
  UPDATE memori.attempts SET state = 'sent', sent_at = clock_timestamp() WHERE id = attempt AND state = 'prepared';
  RETURN FOUND;
END
$$;

-- Gives a hold back. Only while nothing was sent; false otherwise, and then the hold must be settled.
CREATE OR REPLACE FUNCTION memori.release_hold(attempt uuid, why text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  h memori.holds;
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  LOCK TABLE memori.limits IN ROW SHARE MODE;
  SELECT * INTO h FROM memori.holds WHERE attempt_id = attempt AND state = 'open' FOR UPDATE;
  UPDATE memori.attempts SET state = 'ended', outcome = why, ended_at = clock_timestamp()
  WHERE id = attempt AND state = 'prepared';
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE memori.holds SET state = 'released', closed_at = clock_timestamp() WHERE attempt_id = h.attempt_id;
  PERFORM memori.move_sums(h.account_ids, 0, 0, h.tokens, h.nano_usd, 0, 0);
  RETURN true;
END
$$;

-- Adds to what is posted, takes from what is held, in the order of the ids. Answers the alerts that it raised.
CREATE FUNCTION memori.move_sums(ids bigint[], tokens bigint, nano bigint, freed_tokens bigint, freed_nano bigint,
                                 over_tokens bigint, over_nano bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  account bigint;
  a       memori.accounts;
  alerts  jsonb := '[]';
BEGIN
  FOR account IN SELECT i FROM unnest(ids) i ORDER BY i LOOP
    UPDATE memori.accounts SET
      posted_tokens = posted_tokens + tokens, posted_nano_usd = posted_nano_usd + nano,
      held_tokens = held_tokens - freed_tokens, held_nano_usd = held_nano_usd - freed_nano,
      excess_tokens = excess_tokens + over_tokens, excess_nano_usd = excess_nano_usd + over_nano,
      alerted_at = CASE WHEN alerted_at IS NULL AND
        (posted_tokens + tokens >= alert_tokens OR posted_nano_usd + nano >= alert_nano_usd) THEN now() ELSE alerted_at END
    WHERE id = account RETURNING * INTO a;
    IF a.alerted_at = now() THEN alerts := alerts || memori.raise_alert(a); END IF;
  END LOOP;
  RETURN alerts;
END
$$;

-- Every live account that an attempt counts in: those that its hold was opened with, and those that were opened since.
CREATE FUNCTION memori.accounts_of(t memori.attempts) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(a.id ORDER BY a.id), '{}') FROM memori.accounts a
  WHERE a.is_live AND a.tenant_id = CASE a.scope WHEN 'global' THEN '*' ELSE t.tenant_id END
    AND a.scope_id = CASE a.scope WHEN 'global' THEN '*' WHEN 'tenant' THEN t.tenant_id WHEN 'user' THEN t.user_id
                                  WHEN 'session' THEN t.session_id WHEN 'data-source' THEN t.data_source_id END
    AND a.starts_on = memori.window_start(a.period, (CASE a.scope WHEN 'global' THEN t.global_day ELSE t.day END)::timestamp)
$$;

-- Ends a hold with what the call cost. `charge`: attemptId, outcome, usage by kind, limitTokens, nanoUsd, savedNanoUsd,
-- reasons; from the reaper also seenState, the evidence that it decided by. Result: settled, late, already or skipped.
CREATE OR REPLACE FUNCTION memori.settle(charge jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  attempt     uuid := (charge->>'attemptId')::uuid;
  u           jsonb := charge->'usage';
  u_input     bigint := (u->>'inputTokens')::bigint;
  u_read      bigint := (u->>'cacheReadTokens')::bigint;
  u_5m        bigint := (u->>'cacheWrite5mTokens')::bigint;
  u_1h        bigint := (u->>'cacheWrite1hTokens')::bigint;
  u_output    bigint := (u->>'outputTokens')::bigint;
  tokens      bigint := (charge->>'limitTokens')::bigint;
  nano        bigint := (charge->>'nanoUsd')::bigint;
  saved       bigint := coalesce((charge->>'savedNanoUsd')::bigint, 0);
  by_reaper   boolean := charge ? 'seenState';
  a           memori.attempts;
  h           memori.holds;
  earlier     memori.journal;
  freed_tok   bigint := 0;
  freed_nano  bigint := 0;
  over_tok    bigint;
  over_nano   bigint;
  why         text[] := '{}';
  alerts      jsonb;
  is_late     boolean := false;
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  LOCK TABLE memori.limits IN ROW SHARE MODE;
  IF by_reaper THEN
    SELECT * INTO STRICT h FROM memori.holds WHERE attempt_id = attempt FOR UPDATE;
    SELECT * INTO STRICT a FROM memori.attempts WHERE id = attempt FOR UPDATE;
    IF h.state <> 'open' OR h.expires_at > clock_timestamp() OR a.state <> charge->>'seenState' THEN
      RETURN '{"result": "skipped"}';
    END IF;
  END IF;
  UPDATE memori.holds SET state = CASE WHEN by_reaper THEN 'expired' ELSE 'settled' END, closed_at = clock_timestamp()
  WHERE attempt_id = attempt AND state = 'open' RETURNING * INTO h;
  IF FOUND THEN
    freed_tok := h.tokens;
    freed_nano := h.nano_usd;
  ELSE
    SELECT * INTO STRICT h FROM memori.holds WHERE attempt_id = attempt FOR UPDATE;
    IF h.state = 'settled' THEN RETURN '{"result": "already"}'; END IF;
    is_late := true;
    UPDATE memori.holds SET state = 'settled', closed_at = clock_timestamp() WHERE attempt_id = attempt;
  END IF;
  UPDATE memori.attempts SET state = 'ended', outcome = charge->>'outcome', ended_at = clock_timestamp(),
    provider_request_id = coalesce(charge->>'providerRequestId', provider_request_id), input_tokens = u_input,
    cache_read_tokens = u_read, cache_write_5m_tokens = u_5m, cache_write_1h_tokens = u_1h, output_tokens = u_output
  WHERE id = attempt RETURNING * INTO a;

  IF is_late THEN
    -- A hold that is closed learns of no account that is opened after it; what comes late counts there as well.
    h.account_ids := ARRAY(SELECT DISTINCT i FROM unnest(h.account_ids || memori.accounts_of(a)) i ORDER BY i);
    -- The row adds what the reaper did not charge before; when it charged nothing, all of it.
    SELECT * INTO earlier FROM memori.journal WHERE attempt_id = attempt AND entry = 'charge';
    IF FOUND THEN
      u_input := u_input - earlier.input_tokens;
      u_read := u_read - earlier.cache_read_tokens;
      u_5m := u_5m - earlier.cache_write_5m_tokens;
      u_1h := u_1h - earlier.cache_write_1h_tokens;
      u_output := u_output - earlier.output_tokens;
      tokens := tokens - earlier.limit_tokens;
      nano := nano - earlier.nano_usd;
      saved := saved - earlier.saved_nano_usd;
    END IF;
  END IF;
  over_tok := greatest(0, tokens - freed_tok);
  over_nano := greatest(0, nano - freed_nano);
  IF charge ? 'reasons' THEN why := ARRAY(SELECT jsonb_array_elements_text(charge->'reasons')); END IF;
  IF is_late THEN why := why || 'late_settle'::text;
  ELSIF over_tok > 0 OR over_nano > 0 THEN why := why || 'estimate_exceeded'::text; END IF;

  alerts := memori.move_sums(h.account_ids, tokens, nano, freed_tok, freed_nano, over_tok, over_nano);
  IF cardinality(why) > 0 OR (u_input, u_read, u_5m, u_1h, u_output, nano) <> (0, 0, 0, 0, 0, 0) THEN
    INSERT INTO memori.journal (entry, tenant_id, user_id, attempt_id, session_id, data_source_id, question_id, purpose,
      model, price_version, day, global_day, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
      output_tokens, limit_tokens, nano_usd, saved_nano_usd, account_ids, reasons, excess_tokens, excess_nano_usd)
    VALUES (CASE WHEN earlier.id IS NULL THEN 'charge' ELSE 'correction' END, a.tenant_id, a.user_id, attempt, a.session_id,
      a.data_source_id, a.question_id, a.purpose, a.model, a.price_version, a.day, a.global_day, u_input, u_read, u_5m,
      u_1h, u_output, tokens, nano, saved, h.account_ids, why, over_tok, over_nano);
  END IF;
  RETURN jsonb_build_object('result', CASE WHEN is_late THEN 'late' ELSE 'settled' END, 'reasons', to_jsonb(why),
                            'alerts', alerts);
END
$$;

-- What journal and open holds say of one scope in one window. For accounts that are opened, and for scopes without limit.
CREATE FUNCTION memori.sums_of(wanted_scope text, tenant text, wanted_id text, wanted_period text, from_day date,
  OUT posted_tokens bigint, OUT posted_nano_usd bigint, OUT held_tokens bigint, OUT held_nano_usd bigint)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  until date := coalesce(memori.window_end(wanted_period, from_day), 'infinity');
BEGIN
  SELECT coalesce(sum(j.limit_tokens), 0), coalesce(sum(j.nano_usd), 0) INTO posted_tokens, posted_nano_usd
  FROM memori.journal j WHERE j.entry IN ('charge', 'correction')
    AND (wanted_scope = 'global' OR (j.tenant_id = tenant AND j.day >= from_day AND j.day < until))
    AND (wanted_scope <> 'global' OR (j.global_day >= from_day AND j.global_day < until))
    AND (wanted_scope <> 'user' OR j.user_id = wanted_id) AND (wanted_scope <> 'session' OR j.session_id = wanted_id)
    AND (wanted_scope <> 'data-source' OR j.data_source_id = wanted_id);
  SELECT coalesce(sum(h.tokens), 0), coalesce(sum(h.nano_usd), 0) INTO held_tokens, held_nano_usd
  FROM memori.holds h JOIN memori.attempts a ON a.id = h.attempt_id WHERE h.state = 'open'
    AND (wanted_scope = 'global' OR (a.tenant_id = tenant AND a.day >= from_day AND a.day < until))
    AND (wanted_scope <> 'global' OR (a.global_day >= from_day AND a.global_day < until))
    AND (wanted_scope <> 'user' OR a.user_id = wanted_id) AND (wanted_scope <> 'session' OR a.session_id = wanted_id)
    AND (wanted_scope <> 'data-source' OR a.data_source_id = wanted_id);
END
$$;

-- Opens an account with what journal and holds say of it. Only while memori.limits is locked EXCLUSIVE.
CREATE FUNCTION memori.open_account(l memori.limit_line) RETURNS memori.accounts LANGUAGE plpgsql AS $$
DECLARE
  a memori.accounts;
  s record := memori.sums_of(l.scope, l.tenant_id, l.scope_id, l.period, l.starts_on);
BEGIN
  INSERT INTO memori.accounts AS known (scope, tenant_id, scope_id, period, starts_on, posted_tokens, posted_nano_usd,
                                        held_tokens, held_nano_usd)
  VALUES (l.scope, l.tenant_id, l.scope_id, l.period, l.starts_on, s.posted_tokens, s.posted_nano_usd, s.held_tokens,
          s.held_nano_usd)
  ON CONFLICT (scope, tenant_id, scope_id, period, starts_on) DO UPDATE SET is_live = true,
    posted_tokens = s.posted_tokens, posted_nano_usd = s.posted_nano_usd, held_tokens = s.held_tokens,
    held_nano_usd = s.held_nano_usd
  RETURNING * INTO a;
  UPDATE memori.holds h SET account_ids = h.account_ids || a.id FROM memori.attempts t
  WHERE t.id = h.attempt_id AND h.state = 'open' AND NOT a.id = ANY (h.account_ids)
    AND CASE l.scope WHEN 'global' THEN true ELSE t.tenant_id = l.tenant_id END
    AND CASE l.scope WHEN 'user' THEN t.user_id = l.scope_id WHEN 'session' THEN t.session_id = l.scope_id
                     WHEN 'data-source' THEN t.data_source_id = l.scope_id ELSE true END
    AND CASE l.scope WHEN 'global' THEN t.global_day ELSE t.day END >= l.starts_on
    AND CASE l.scope WHEN 'global' THEN t.global_day ELSE t.day END < coalesce(memori.window_end(l.period, l.starts_on), 'infinity');
  RETURN a;
END
$$;

-- Makes the accounts of the current windows what the limits of now say, for one scope and window: of one id, or of every
-- id that has a charge, a hold or an account in it. Only while memori.limits is locked EXCLUSIVE.
CREATE FUNCTION memori.apply_limits(wanted_scope text, tenant text, wanted_id text, wanted_period text, call jsonb)
RETURNS jsonb LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  known  record;
  l      memori.limit_line;
  a      memori.accounts;
  alerts jsonb := '[]';
BEGIN
  FOR known IN
    SELECT DISTINCT w.tenant_id, w.id FROM (
      SELECT j.tenant_id, CASE wanted_scope WHEN 'user' THEN j.user_id WHEN 'session' THEN j.session_id
        WHEN 'data-source' THEN j.data_source_id WHEN 'tenant' THEN j.tenant_id END AS id, j.day
      FROM memori.journal j WHERE j.entry IN ('charge', 'correction')
      UNION ALL
      SELECT t.tenant_id, CASE wanted_scope WHEN 'user' THEN t.user_id WHEN 'session' THEN t.session_id
        WHEN 'data-source' THEN t.data_source_id WHEN 'tenant' THEN t.tenant_id END, t.day
      FROM memori.attempts t JOIN memori.holds h ON h.attempt_id = t.id AND h.state = 'open'
      UNION ALL
      SELECT b.tenant_id, b.scope_id, CASE b.period WHEN 'total' THEN 'infinity' ELSE b.starts_on END FROM memori.accounts b
      WHERE b.scope = wanted_scope AND b.period = wanted_period AND b.is_live
    ) w
    WHERE wanted_id = '*' AND wanted_scope <> 'global' AND w.id IS NOT NULL AND (tenant = '*' OR w.tenant_id = tenant)
      -- No zone is more than a day from here.
      AND w.day >= memori.window_start(wanted_period, memori.ledger_time() AT TIME ZONE 'UTC' - interval '1 day')
    UNION
    SELECT tenant, wanted_id WHERE wanted_id <> '*' OR wanted_scope = 'global'
  LOOP
    SELECT m.* INTO l FROM memori.limits_of(call || jsonb_build_object('tenantId', known.tenant_id, 'userId', known.id,
      'sessionId', known.id, 'dataSourceId', known.id)) m WHERE m.scope = wanted_scope AND m.period = wanted_period;
    IF NOT FOUND THEN
      -- Sums of an account that nobody keeps up any more would be lies: it is closed, and opened afresh when need be.
      UPDATE memori.accounts SET is_live = false, limit_tokens = NULL, limit_nano_usd = NULL, alert_tokens = NULL,
        alert_nano_usd = NULL
      WHERE scope = wanted_scope AND tenant_id = known.tenant_id AND scope_id = known.id AND period = wanted_period
        AND starts_on >= memori.window_start(wanted_period, memori.ledger_time() AT TIME ZONE 'UTC' - interval '1 day');
      CONTINUE;
    END IF;
    SELECT * INTO a FROM memori.accounts b WHERE (b.scope, b.tenant_id, b.scope_id, b.period, b.starts_on)
      = (l.scope, l.tenant_id, l.scope_id, l.period, l.starts_on) FOR UPDATE;
    IF a.id IS NULL OR NOT a.is_live THEN a := memori.open_account(l); END IF;
    a := memori.change_limit(a, l);
    IF a.alerted_at = now() THEN alerts := alerts || memori.raise_alert(a); END IF;
  END LOOP;
  RETURN alerts;
END
$$;

-- Sets, changes or (with `remove`) takes away a limit, at once for all instances. `wanted`: scope, tenantId, scopeId, period,
-- origin, tokens, nanoUsd, soft, byInstallation, isAbove, setBy, remove; `call` as in limits_of. Answers the alerts that it
-- raised; null, and nothing is done, when the limit was set from above and whoever asks is not there (isAbove false).
-- The scope of the transaction is what it was before: this one goes into a transaction with its audit row.
CREATE FUNCTION memori.set_limit(wanted jsonb, call jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  tenant text := coalesce(current_setting('memori.tenant_id', true), '');
  usr    text := coalesce(current_setting('memori.user_id', true), '');
  alerts jsonb;
BEGIN
  PERFORM memori.enter('*', '*');
  LOCK TABLE memori.limits IN EXCLUSIVE MODE;
  IF wanted->'isAbove' = 'false' AND EXISTS (SELECT 1 FROM memori.limits m WHERE m.by_installation
      AND m.scope = wanted->>'scope' AND m.period = wanted->>'period' AND (m.scope = 'tenant' OR m.tenant_id <> '*')
      AND m.tenant_id IN ('*', wanted->>'tenantId') AND m.scope_id IN ('*', wanted->>'scopeId')) THEN
    PERFORM memori.enter(tenant, usr);
    RETURN NULL;
  END IF;
  IF wanted->'remove' = 'true' THEN
    DELETE FROM memori.limits m WHERE m.scope = wanted->>'scope' AND m.tenant_id = wanted->>'tenantId'
      AND m.scope_id = wanted->>'scopeId' AND m.period = wanted->>'period' AND m.origin = wanted->>'origin';
  ELSE
    INSERT INTO memori.limits AS m (scope, tenant_id, scope_id, period, origin, limit_tokens, limit_nano_usd, soft,
                                    by_installation, set_by)
    VALUES (wanted->>'scope', wanted->>'tenantId', wanted->>'scopeId', wanted->>'period', wanted->>'origin',
            (wanted->>'tokens')::bigint, (wanted->>'nanoUsd')::bigint, (wanted->>'soft')::numeric,
            coalesce((wanted->>'byInstallation')::boolean, false), wanted->>'setBy')
    ON CONFLICT (scope_id, tenant_id, scope, period, origin) DO UPDATE SET limit_tokens = excluded.limit_tokens,
      limit_nano_usd = excluded.limit_nano_usd, soft = excluded.soft, by_installation = excluded.by_installation,
      set_by = excluded.set_by, set_at = clock_timestamp();
  END IF;
  alerts := memori.apply_limits(wanted->>'scope', wanted->>'tenantId', wanted->>'scopeId', wanted->>'period', call);
  PERFORM memori.enter(tenant, usr);
  RETURN alerts;
END
$$;

-- What the configuration says, for the whole installation: the last process to start wins. `wanted` [{ scope, period, tokens,
-- nanoUsd }]. Looks without a lock first: nearly always nothing has changed.
CREATE FUNCTION memori.configure_limits(wanted jsonb, call jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  w      record;
  alerts jsonb := '[]';
BEGIN
  PERFORM memori.enter('*', '*');
  FOR w IN
    SELECT coalesce(n.scope, m.scope) AS scope, coalesce(n.period, m.period) AS period, n.tokens, n."nanoUsd" AS nano,
           n.scope IS NULL AS is_gone
    FROM jsonb_to_recordset(wanted) AS n (scope text, period text, tokens bigint, "nanoUsd" bigint)
    FULL JOIN (SELECT * FROM memori.limits WHERE origin = 'configured') m ON m.scope = n.scope AND m.period = n.period
    WHERE n.scope IS NULL OR m.scope IS NULL
       OR (n.tokens, n."nanoUsd") IS DISTINCT FROM (m.limit_tokens, m.limit_nano_usd)
  LOOP
    alerts := alerts || memori.set_limit(jsonb_build_object('scope', w.scope, 'tenantId', '*', 'scopeId', '*', 'period', w.period,
      'origin', 'configured', 'tokens', w.tokens, 'nanoUsd', w.nano, 'setBy', 'configuration', 'remove', w.is_gone), call);
  END LOOP;
  RETURN alerts;
END
$$;

-- How one scope stands in its windows of now, limited or not: without a limit, by the sums of the journal.
CREATE FUNCTION memori.scope_standing(wanted_scope text, tenant text, wanted_id text, call jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  zone text := CASE WHEN wanted_scope = 'global' THEN call->>'timeZone' ELSE
    coalesce((SELECT t.time_zone FROM memori.tenants t WHERE t.id = tenant), call->>'timeZone') END;
  today timestamp := memori.ledger_time() AT TIME ZONE zone;
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN (
    SELECT jsonb_agg(jsonb_build_object('window', p.period,
        'startsOn', CASE p.period WHEN 'total' THEN NULL ELSE w.starts_on END,
        'resetsAt', to_char((memori.window_end(p.period, w.starts_on)::timestamp AT TIME ZONE zone) AT TIME ZONE 'UTC',
                            'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'limitTokens', l.limit_tokens, 'postedTokens', s.posted_tokens, 'heldTokens', s.held_tokens,
        'alertAtTokens', l.alert_tokens, 'limitUsd', l.limit_nano_usd / 1e9, 'postedUsd', s.posted_nano_usd / 1e9,
        'heldUsd', s.held_nano_usd / 1e9, 'alertAtUsd', l.alert_nano_usd / 1e9, 'alertedAt', a.alerted_at) ORDER BY p.place)
    FROM (VALUES (1, 'day'), (2, 'month'), (3, 'total')) p (place, period)
    CROSS JOIN LATERAL (SELECT memori.window_start(p.period, today) AS starts_on) w
    CROSS JOIN LATERAL memori.sums_of(wanted_scope, tenant, wanted_id, p.period, w.starts_on) s
    LEFT JOIN memori.limits_of(call || jsonb_build_object('tenantId', tenant, 'userId', wanted_id, 'sessionId', wanted_id,
      'dataSourceId', wanted_id)) l ON l.scope = wanted_scope AND l.period = p.period
    LEFT JOIN memori.accounts a ON (a.scope, a.tenant_id, a.scope_id, a.period, a.starts_on)
      = (wanted_scope, tenant, wanted_id, p.period, w.starts_on));
END
$$;

-- Every live account whose cached sums are not those of journal and open holds, or whose limit does not hold; with what
-- is wrong in it (cached less recomputed). One statement, hence one moment: it needs no lock. Empty is right.
CREATE FUNCTION memori.ledger_drift() RETURNS TABLE (account_id bigint, scope text, period text, starts_on date,
  posted_tokens bigint, posted_nano_usd bigint, held_tokens bigint, held_nano_usd bigint, excess_tokens bigint,
  excess_nano_usd bigint, is_over boolean) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN QUERY
  WITH moves AS (
    SELECT j.tenant_id, j.user_id, j.session_id, j.data_source_id, j.day, j.global_day, j.limit_tokens AS posted,
           j.nano_usd AS posted_nano, 0::bigint AS held, 0::bigint AS held_nano
    FROM memori.journal j WHERE j.entry IN ('charge', 'correction')
    UNION ALL
    SELECT t.tenant_id, t.user_id, t.session_id, t.data_source_id, t.day, t.global_day, 0, 0, h.tokens, h.nano_usd
    FROM memori.holds h JOIN memori.attempts t ON t.id = h.attempt_id WHERE h.state = 'open'
  ), days AS (
    SELECT CASE WHEN GROUPING(m.global_day) = 0 THEN 'global' WHEN GROUPING(m.user_id) = 0 THEN 'user'
                WHEN GROUPING(m.session_id) = 0 THEN 'session' WHEN GROUPING(m.data_source_id) = 0 THEN 'data-source'
                ELSE 'tenant' END AS scope,
           coalesce(m.tenant_id, '*') AS tenant_id,
           CASE WHEN GROUPING(m.global_day) = 0 THEN '*' WHEN GROUPING(m.user_id) = 0 THEN m.user_id
                WHEN GROUPING(m.session_id) = 0 THEN m.session_id
                WHEN GROUPING(m.data_source_id) = 0 THEN m.data_source_id ELSE m.tenant_id END AS scope_id,
           coalesce(m.day, m.global_day) AS day,
           sum(m.posted) AS posted, sum(m.posted_nano) AS posted_nano, sum(m.held) AS held, sum(m.held_nano) AS held_nano
    FROM moves m
    GROUP BY GROUPING SETS ((m.tenant_id, m.user_id, m.day), (m.tenant_id, m.session_id, m.day),
                            (m.tenant_id, m.data_source_id, m.day), (m.tenant_id, m.day), (m.global_day))
  ), windows AS (
    SELECT d.scope, d.tenant_id, d.scope_id, p.period, memori.window_start(p.period, d.day::timestamp) AS starts_on,
           sum(d.posted)::bigint AS posted, sum(d.posted_nano)::bigint AS posted_nano, sum(d.held)::bigint AS held,
           sum(d.held_nano)::bigint AS held_nano
    FROM days d CROSS JOIN (VALUES ('day'), ('month'), ('total')) p (period) WHERE d.scope_id IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5
  ), flagged AS (
    SELECT i.id, sum(j.excess_tokens)::bigint AS excess, sum(j.excess_nano_usd)::bigint AS excess_nano
    FROM memori.journal j CROSS JOIN unnest(j.account_ids) i (id)
    WHERE j.excess_tokens <> 0 OR j.excess_nano_usd <> 0 GROUP BY i.id
  ), compared AS (
    SELECT a.id, a.scope, a.period, a.starts_on, a.posted_tokens - coalesce(w.posted, 0) AS posted,
           a.posted_nano_usd - coalesce(w.posted_nano, 0) AS posted_nano, a.held_tokens - coalesce(w.held, 0) AS held,
           a.held_nano_usd - coalesce(w.held_nano, 0) AS held_nano, a.excess_tokens - coalesce(f.excess, 0) AS excess,
           a.excess_nano_usd - coalesce(f.excess_nano, 0) AS excess_nano,
           coalesce(coalesce(w.posted + w.held, 0) - coalesce(f.excess, 0) > a.limit_tokens, false)
             OR coalesce(coalesce(w.posted_nano + w.held_nano, 0) - coalesce(f.excess_nano, 0) > a.limit_nano_usd, false) AS over
    FROM memori.accounts a LEFT JOIN windows w USING (scope, tenant_id, scope_id, period, starts_on)
    LEFT JOIN flagged f ON f.id = a.id WHERE a.is_live
  )
  SELECT c.* FROM compared c
  WHERE (c.posted, c.posted_nano, c.held, c.held_nano, c.excess, c.excess_nano) <> (0, 0, 0, 0, 0, 0) OR c.over;
END
$$;

-- The self-audit: how many accounts were recomputed, how many differ, by how much (absolute). Null: another is at it, or
-- was less than `min_age` ago. One instance does it for all.
CREATE FUNCTION memori.audit_ledger(min_age interval DEFAULT '0') RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  result jsonb;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('memori.audit_ledger', 0))
     OR EXISTS (SELECT 1 FROM memori.settings WHERE key = 'ledger-audit'
                AND (value->>'at')::timestamptz > clock_timestamp() - min_age) THEN
    RETURN NULL;
  END IF;
  PERFORM memori.enter('*', '*');
  SELECT jsonb_build_object('at', clock_timestamp(),
      'accounts', (SELECT count(*) FROM memori.accounts WHERE is_live), 'differing', count(*),
      'over', count(*) FILTER (WHERE d.is_over),
      'driftTokens', coalesce(sum(abs(d.posted_tokens) + abs(d.held_tokens) + abs(d.excess_tokens)), 0)::text,
      'driftNanoUsd', coalesce(sum(abs(d.posted_nano_usd) + abs(d.held_nano_usd) + abs(d.excess_nano_usd)), 0)::text)
  INTO result FROM memori.ledger_drift() d;
  INSERT INTO memori.settings (key, value) VALUES ('ledger-audit', result)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value;
  RETURN result;
END
$$;

-- An answer that needed no call: what a layer before the model saved, as far as is known. Losing one in a crash costs a
-- line of a report: the commit does not wait.
CREATE FUNCTION memori.record_saving(saving jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  zone text := saving->>'timeZone';
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  INSERT INTO memori.journal (entry, tenant_id, user_id, session_id, data_source_id, question_id, purpose, source, model,
                              price_version, day, global_day, saved_tokens, saved_nano_usd)
  VALUES ('saving', saving->>'tenantId', saving->>'userId', saving->>'sessionId', saving->>'dataSourceId',
          saving->>'questionId', 'answer', saving->>'layer', saving->>'model', saving->>'priceVersion',
          (memori.ledger_time() AT TIME ZONE
            coalesce((SELECT t.time_zone FROM memori.tenants t WHERE t.id = saving->>'tenantId'), zone))::date,
          (memori.ledger_time() AT TIME ZONE zone)::date, (saving->>'tokens')::bigint, (saving->>'nanoUsd')::bigint);
END
$$;

-- What an answer by the model has come to lately: the mean over the questions of the last calls about a data source.
CREATE FUNCTION memori.mean_answer(tenant text, wanted_source text, OUT tokens bigint, OUT nano_usd bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  SELECT (sum(l.tokens) / nullif(count(DISTINCT l.question_id), 0))::bigint,
         (sum(l.nano) / nullif(count(DISTINCT l.question_id), 0))::bigint INTO tokens, nano_usd
  FROM (SELECT j.question_id, j.limit_tokens AS tokens, j.nano_usd AS nano FROM memori.journal j
        WHERE j.tenant_id = tenant AND j.data_source_id IS NOT DISTINCT FROM wanted_source AND j.purpose = 'answer'
          AND j.entry IN ('charge', 'correction') AND j.question_id IS NOT NULL AND j.day > current_date - 30
        ORDER BY j.day DESC, j.id DESC LIMIT 200) l;
END
$$;

SELECT memori.wall('memori.limits', by_user => false);
SELECT memori.wall('memori.events', by_user => false);
