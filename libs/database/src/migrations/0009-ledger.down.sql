-- Back to the ledger of 0006. Savings and limits that administrators set are lost; charges are not.

SELECT memori.enter('*', '*');
DROP FUNCTION memori.mean_answer(text, text);
DROP FUNCTION memori.record_saving(jsonb);
DROP FUNCTION memori.audit_ledger(interval);
DROP FUNCTION memori.ledger_drift();
DROP FUNCTION memori.scope_standing(text, text, text, jsonb);
DROP FUNCTION memori.configure_limits(jsonb, jsonb);
DROP FUNCTION memori.set_limit(jsonb, jsonb);
DROP FUNCTION memori.apply_limits(text, text, text, text, jsonb);
DROP FUNCTION memori.open_account(memori.limit_line);
DROP FUNCTION memori.sums_of(text, text, text, text, date);
DROP FUNCTION memori.accounts_of(memori.attempts);
DROP FUNCTION memori.move_sums(bigint[], bigint, bigint, bigint, bigint, bigint, bigint);
DROP FUNCTION memori.reserve(jsonb);
DROP FUNCTION memori.hold_in_all(memori.limit_line[], bigint[], bigint, bigint);
DROP FUNCTION memori.accounts_for(memori.limit_line[]);
DROP FUNCTION memori.change_limit(memori.accounts, memori.limit_line);
DROP FUNCTION memori.raise_alert(memori.accounts);
DROP FUNCTION memori.reach_disk();
DROP FUNCTION memori.would_refuse(jsonb);
DROP FUNCTION memori.budget_standing(jsonb);
DROP FUNCTION memori.budget_line(memori.limit_line, memori.accounts);
DROP FUNCTION memori.limits_of(jsonb);
DROP TYPE memori.limit_line;
DROP FUNCTION memori.window_end(text, date);
DROP FUNCTION memori.window_start(text, timestamp);
DROP FUNCTION memori.ledger_time();

DROP TABLE memori.events, memori.limits;
ALTER TABLE memori.accounts DROP COLUMN is_live, DROP COLUMN alert_tokens, DROP COLUMN alert_nano_usd, DROP COLUMN alerted_at;
ALTER TABLE memori.attempts DROP COLUMN global_day;
ALTER TABLE memori.journal DISABLE TRIGGER journal_append_only;
DELETE FROM memori.journal WHERE entry = 'saving';
ALTER TABLE memori.journal ENABLE TRIGGER journal_append_only;
ALTER TABLE memori.journal DROP CONSTRAINT journal_savings_cost_nothing, DROP CONSTRAINT journal_entry_check,
  ADD CONSTRAINT journal_entry_check CHECK (entry IN ('charge', 'correction', 'limit')),
  DROP COLUMN global_day, DROP COLUMN saved_tokens;
ALTER TABLE memori.holds ADD CONSTRAINT holds_attempt_id_fkey FOREIGN KEY (attempt_id) REFERENCES memori.attempts (id);

-- The time zone whose midnight ends a day of this call.
CREATE FUNCTION memori.time_zone_of(call jsonb) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT t.time_zone FROM memori.tenants t WHERE t.id = call->>'tenantId'), call->>'timeZone')
$$;

-- The limits that bear on a call, each with its window now. `call`: tenantId, userId, sessionId, dataSourceId, timeZone,
-- limits [{ scope, period, tokens, nanoUsd }]. A scope that the call has not (no session, say) limits nothing.
CREATE TYPE memori.limit_line AS (
  scope text, tenant_id text, scope_id text, period text, starts_on date, resets_at timestamptz,
  limit_tokens bigint, limit_nano_usd bigint
);

CREATE FUNCTION memori.limits_of(call jsonb) RETURNS SETOF memori.limit_line LANGUAGE sql STABLE AS $$
  SELECT l.scope,
         CASE l.scope WHEN 'global' THEN '*' ELSE call->>'tenantId' END,
         s.scope_id,
         l.period,
         CASE l.period WHEN 'day' THEN z.today::date WHEN 'month' THEN date_trunc('month', z.today)::date
                       ELSE '0001-01-01'::date END,
         CASE l.period WHEN 'day' THEN (z.today + interval '1 day') AT TIME ZONE z.zone
                       WHEN 'month' THEN (date_trunc('month', z.today) + interval '1 month') AT TIME ZONE z.zone END,
         l.tokens,
         l."nanoUsd"
  FROM jsonb_to_recordset(call->'limits') AS l (scope text, period text, tokens bigint, "nanoUsd" bigint)
  CROSS JOIN LATERAL (SELECT CASE l.scope WHEN 'global' THEN '*' WHEN 'tenant' THEN call->>'tenantId'
    WHEN 'user' THEN call->>'userId' WHEN 'session' THEN call->>'sessionId'
    WHEN 'data-source' THEN call->>'dataSourceId' END AS scope_id) s
  CROSS JOIN LATERAL (SELECT CASE l.scope WHEN 'global' THEN call->>'timeZone'
    ELSE memori.time_zone_of(call) END AS zone) t
  CROSS JOIN LATERAL (SELECT t.zone, date_trunc('day', now() AT TIME ZONE t.zone) AS today) z
  WHERE s.scope_id IS NOT NULL
$$;

-- How a limit stands, as callers read it. Nano-dollars travel as text: JSON numbers are doubles.
CREATE FUNCTION memori.budget_line(l memori.limit_line, a memori.accounts) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN jsonb_build_object(
    'scope', l.scope, 'period', l.period, 'resetsAt', to_char(l.resets_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
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

CREATE FUNCTION memori.account_for(l memori.limit_line) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  found_id bigint;
BEGIN
  SELECT id INTO found_id FROM memori.accounts a
  WHERE (a.scope, a.tenant_id, a.scope_id, a.period, a.starts_on) = (l.scope, l.tenant_id, l.scope_id, l.period, l.starts_on);
  IF found_id IS NULL THEN
    INSERT INTO memori.accounts (scope, tenant_id, scope_id, period, starts_on, limit_tokens, limit_nano_usd)
    VALUES (l.scope, l.tenant_id, l.scope_id, l.period, l.starts_on, l.limit_tokens, l.limit_nano_usd)
    ON CONFLICT DO NOTHING;
    -- Ours, or that of a neighbour who was faster and has committed by now.
    SELECT id INTO found_id FROM memori.accounts a
    WHERE (a.scope, a.tenant_id, a.scope_id, a.period, a.starts_on) = (l.scope, l.tenant_id, l.scope_id, l.period, l.starts_on);
  END IF;
  RETURN found_id;
END
$$;

-- Whatever already stands above a lowered limit is flagged, so that the limit holds for all that comes after.
CREATE FUNCTION memori.change_limit(a memori.accounts, new_tokens bigint, new_nano_usd bigint) RETURNS memori.accounts
LANGUAGE plpgsql AS $$
DECLARE
  over_tokens bigint := greatest(0, coalesce(a.posted_tokens + a.held_tokens - a.excess_tokens - new_tokens, 0));
  over_nano   bigint := greatest(0, coalesce(a.posted_nano_usd + a.held_nano_usd - a.excess_nano_usd - new_nano_usd, 0));
BEGIN
  UPDATE memori.accounts SET limit_tokens = new_tokens, limit_nano_usd = new_nano_usd,
    excess_tokens = excess_tokens + over_tokens, excess_nano_usd = excess_nano_usd + over_nano
  WHERE id = a.id RETURNING * INTO a;
  IF over_tokens > 0 OR over_nano > 0 THEN
    INSERT INTO memori.journal (entry, tenant_id, user_id, day, account_ids, reasons, excess_tokens, excess_nano_usd)
    VALUES ('limit', a.tenant_id, CASE a.scope WHEN 'user' THEN a.scope_id ELSE '*' END, a.starts_on, ARRAY[a.id],
            '{limit_lowered}', over_tokens, over_nano);
  END IF;
  RETURN a;
END
$$;

-- Reserves in every limited scope of a call or in none, and writes the attempt row, in one commit.
CREATE FUNCTION memori.reserve(call jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  asked_tokens bigint := (call->>'tokens')::bigint;
  asked_nano   bigint := (call->>'nanoUsd')::bigint;
  expiry       timestamptz := clock_timestamp() + (call->>'ttlMs')::bigint * interval '1 millisecond';
  lines        memori.limit_line[];
  l            memori.limit_line;
  a            memori.accounts;
  ids          bigint[] := '{}';
  place        int;
  refused      jsonb;
  refused_till timestamptz := '-infinity';
BEGIN
  PERFORM memori.enter('*', '*');
  lines := ARRAY(SELECT m FROM memori.limits_of(call) m ORDER BY m.scope, m.tenant_id, m.scope_id, m.period);
  FOREACH l IN ARRAY lines LOOP
    ids := ids || memori.account_for(l);
  END LOOP;
  FOR place IN SELECT n.place FROM unnest(ids) WITH ORDINALITY n (id, place) ORDER BY n.id LOOP
    l := lines[place];
    SELECT * INTO a FROM memori.accounts WHERE id = ids[place] FOR UPDATE;
    IF (a.limit_tokens, a.limit_nano_usd) IS DISTINCT FROM (l.limit_tokens, l.limit_nano_usd) THEN
      a := memori.change_limit(a, l.limit_tokens, l.limit_nano_usd);
    END IF;
    -- Of several refusals the one that lasts longest is told: before it ends, asking again is of no use.
    IF (a.posted_tokens + a.held_tokens + asked_tokens > a.limit_tokens
        OR a.posted_nano_usd + a.held_nano_usd + asked_nano > a.limit_nano_usd)
       AND coalesce(l.resets_at, 'infinity') > refused_till THEN
      refused := memori.budget_line(l, a);
      refused_till := coalesce(l.resets_at, 'infinity');
    END IF;
  END LOOP;
  IF refused IS NOT NULL THEN RETURN jsonb_build_object('refused', refused); END IF;

  UPDATE memori.accounts SET held_tokens = held_tokens + asked_tokens, held_nano_usd = held_nano_usd + asked_nano
  WHERE id = ANY (ids);
  INSERT INTO memori.attempts (id, tenant_id, user_id, session_id, data_source_id, question_id, purpose, model,
                               price_version, fence, day, reserved)
  VALUES ((call->>'attemptId')::uuid, call->>'tenantId', call->>'userId', call->>'sessionId', call->>'dataSourceId',
          call->>'questionId', call->>'purpose', call->>'model', call->>'priceVersion', (call->>'fence')::bigint,
          (now() AT TIME ZONE memori.time_zone_of(call))::date, call->'reserved');
  INSERT INTO memori.holds (attempt_id, tenant_id, user_id, account_ids, tokens, nano_usd, expires_at)
  VALUES ((call->>'attemptId')::uuid, call->>'tenantId', call->>'userId',
          (SELECT coalesce(array_agg(i ORDER BY i), '{}') FROM unnest(ids) i), asked_tokens, asked_nano, expiry);
  RETURN '{}';
END
$$;

-- Gives a hold back. Only while nothing was sent; false otherwise, and then the hold must be settled.
CREATE OR REPLACE FUNCTION memori.release_hold(attempt uuid, why text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  h memori.holds;
  account bigint;
BEGIN
  PERFORM memori.enter('*', '*');
  UPDATE memori.attempts SET state = 'ended', outcome = why, ended_at = clock_timestamp()
  WHERE id = attempt AND state = 'prepared';
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE memori.holds SET state = 'released', closed_at = clock_timestamp()
  WHERE attempt_id = attempt AND state = 'open' RETURNING * INTO h;
  FOREACH account IN ARRAY coalesce(h.account_ids, '{}') LOOP
    UPDATE memori.accounts SET held_tokens = held_tokens - h.tokens, held_nano_usd = held_nano_usd - h.nano_usd
    WHERE id = account;
  END LOOP;
  RETURN true;
END
$$;

-- Ends a hold with what the call cost. `charge`: attemptId, outcome, usage by kind, limitTokens, nanoUsd, reasons; from the
-- reaper also seenState, the evidence that it decided by. Result: settled, late, already or skipped.
CREATE OR REPLACE FUNCTION memori.settle(charge jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  a           memori.attempts;
  h           memori.holds;
  c           record;
  earlier     memori.journal;
  by_reaper   boolean := charge ? 'seenState';
  freed_tok   bigint := 0;
  freed_nano  bigint := 0;
  over_tok    bigint;
  over_nano   bigint;
  why         text[];
  account     bigint;
BEGIN
  PERFORM memori.enter('*', '*');
  SELECT * INTO a FROM memori.attempts WHERE id = (charge->>'attemptId')::uuid FOR UPDATE;
  SELECT * INTO STRICT h FROM memori.holds WHERE attempt_id = (charge->>'attemptId')::uuid;
  IF h.state = 'settled' THEN RETURN '{"result": "already"}'; END IF;
  IF by_reaper AND (h.state <> 'open' OR h.expires_at > clock_timestamp() OR a.state <> charge->>'seenState') THEN
    RETURN '{"result": "skipped"}';
  END IF;

  IF h.state = 'open' THEN
    freed_tok := h.tokens;
    freed_nano := h.nano_usd;
  ELSE
    SELECT * INTO earlier FROM memori.journal WHERE attempt_id = a.id AND entry = 'charge';
  END IF;
  -- What this row adds to what the reaper charged before; without a reaper, all of it.
  SELECT u."inputTokens" - coalesce(earlier.input_tokens, 0) AS input,
         u."cacheReadTokens" - coalesce(earlier.cache_read_tokens, 0) AS cache_read,
         u."cacheWrite5mTokens" - coalesce(earlier.cache_write_5m_tokens, 0) AS cache_5m,
         u."cacheWrite1hTokens" - coalesce(earlier.cache_write_1h_tokens, 0) AS cache_1h,
         u."outputTokens" - coalesce(earlier.output_tokens, 0) AS output,
         (charge->>'limitTokens')::bigint - coalesce(earlier.limit_tokens, 0) AS tokens,
         (charge->>'nanoUsd')::bigint - coalesce(earlier.nano_usd, 0) AS nano,
         u.*
  INTO c FROM jsonb_to_record(charge->'usage') AS u ("inputTokens" bigint, "cacheReadTokens" bigint,
    "cacheWrite5mTokens" bigint, "cacheWrite1hTokens" bigint, "outputTokens" bigint);
  over_tok := greatest(0, c.tokens - freed_tok);
  over_nano := greatest(0, c.nano - freed_nano);
  why := ARRAY(SELECT jsonb_array_elements_text(coalesce(charge->'reasons', '[]')));
  IF h.state <> 'open' THEN why := why || 'late_settle'::text;
  ELSIF over_tok > 0 OR over_nano > 0 THEN why := why || 'estimate_exceeded'::text; END IF;

  FOREACH account IN ARRAY h.account_ids LOOP
    UPDATE memori.accounts SET
      posted_tokens = posted_tokens + c.tokens, posted_nano_usd = posted_nano_usd + c.nano,
      held_tokens = held_tokens - freed_tok, held_nano_usd = held_nano_usd - freed_nano,
      excess_tokens = excess_tokens + over_tok, excess_nano_usd = excess_nano_usd + over_nano
    WHERE id = account;
  END LOOP;
  IF cardinality(why) > 0 OR (c.input, c.cache_read, c.cache_5m, c.cache_1h, c.output, c.nano) <> (0, 0, 0, 0, 0, 0) THEN
    INSERT INTO memori.journal (entry, tenant_id, user_id, attempt_id, session_id, data_source_id, question_id, purpose,
      model, price_version, day, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
      output_tokens, limit_tokens, nano_usd, account_ids, reasons, excess_tokens, excess_nano_usd)
    VALUES (CASE WHEN earlier.id IS NULL THEN 'charge' ELSE 'correction' END, a.tenant_id, a.user_id, a.id, a.session_id,
      a.data_source_id, a.question_id, a.purpose, a.model, a.price_version, a.day, c.input, c.cache_read, c.cache_5m,
      c.cache_1h, c.output, c.tokens, c.nano, h.account_ids, why, over_tok, over_nano);
  END IF;
  UPDATE memori.holds SET state = CASE WHEN by_reaper THEN 'expired' ELSE 'settled' END, closed_at = clock_timestamp()
  WHERE attempt_id = a.id;
  UPDATE memori.attempts SET state = 'ended', outcome = charge->>'outcome', ended_at = clock_timestamp(),
    provider_request_id = coalesce(charge->>'providerRequestId', provider_request_id),
    input_tokens = c."inputTokens", cache_read_tokens = c."cacheReadTokens",
    cache_write_5m_tokens = c."cacheWrite5mTokens", cache_write_1h_tokens = c."cacheWrite1hTokens",
    output_tokens = c."outputTokens"
  WHERE id = a.id;
  RETURN jsonb_build_object('result', CASE WHEN h.state = 'open' THEN 'settled' ELSE 'late' END, 'reasons', to_jsonb(why));
END
$$;

-- True: the request may go out. False: the hold has expired meanwhile and was given back.
CREATE OR REPLACE FUNCTION memori.mark_sent(attempt uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  UPDATE memori.attempts SET state = 'sent', sent_at = clock_timestamp() WHERE id = attempt AND state = 'prepared';
  RETURN FOUND;
END
$$;
