-- Calls that come at the same time reserve and settle together: one transaction, each hot account locked once for all of
-- them. What a call may and may not is what it was: all of its limited scopes or none, whatever its neighbours get.
-- A call alone takes memori.reserve and memori.settle, which do less for one. Rows are locked in the order of 0009: holds by
-- attempt, attempts, accounts by id. Plans are kept, since to
-- plan these statements takes longer than to run them; made while a table is small, they must not read the whole of it.
-- A batch that meets a row that stays locked fails, so that its calls go on one by one and only one of them waits.

-- A limit that bears on a call of a batch, and its account; null: its window has none yet.
CREATE TYPE memori.limited_call AS (attempt_id uuid, line memori.limit_line, account_id bigint, tokens bigint, nano_usd bigint);

CREATE FUNCTION memori.limited_calls(calls jsonb) RETURNS memori.limited_call[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(((c.call->>'attemptId')::uuid, m, a.id, (c.call->>'tokens')::bigint,
                             (c.call->>'nanoUsd')::bigint)::memori.limited_call ORDER BY c.place), '{}')
  FROM jsonb_array_elements(calls) WITH ORDINALITY c (call, place)
  CROSS JOIN LATERAL memori.limits_of(c.call) m
  LEFT JOIN memori.accounts a USING (scope, tenant_id, scope_id, period, starts_on)
$$;

-- Locks the accounts of a batch in the order of their ids and keeps everything aside, if all of it fits and no limit has
-- changed. False: nothing was kept aside, and each call must be looked at by itself.
CREATE FUNCTION memori.hold_all(asked memori.limited_call[]) RETURNS boolean LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  ids     bigint[];
  tokens  bigint[];
  nano    bigint[];
  lines   memori.limit_line[];
  all_fit boolean;
BEGIN
  SELECT array_agg(s.account_id), array_agg(s.tokens), array_agg(s.nano), array_agg(s.line) INTO ids, tokens, nano, lines
  FROM (SELECT q.account_id, sum(q.tokens)::bigint AS tokens, sum(q.nano_usd)::bigint AS nano, (array_agg(q.line))[1] AS line
        FROM unnest(asked) q GROUP BY q.account_id) s;
  SELECT bool_and((a.limit_tokens, a.limit_nano_usd, a.alert_tokens, a.alert_nano_usd) IS NOT DISTINCT FROM
                  (s.limit_tokens, s.limit_nano_usd, s.alert_tokens, s.alert_nano_usd)
           AND (a.limit_tokens IS NULL OR a.posted_tokens + a.held_tokens + s.tokens <= a.limit_tokens)
           AND (a.limit_nano_usd IS NULL OR a.posted_nano_usd + a.held_nano_usd + s.nano <= a.limit_nano_usd)) INTO all_fit
  FROM (SELECT * FROM memori.accounts WHERE id = ANY (ids) ORDER BY id FOR UPDATE) a
  JOIN (SELECT u.id, u.tokens, u.nano, u.limit_tokens, u.limit_nano_usd, u.alert_tokens, u.alert_nano_usd
        FROM ROWS FROM (unnest(ids), unnest(tokens), unnest(nano), unnest(lines)) AS u (id, tokens, nano, scope, tenant_id,
          scope_id, period, starts_on, resets_at, limit_tokens, limit_nano_usd, alert_tokens, alert_nano_usd)) s USING (id);
  IF NOT all_fit THEN RETURN false; END IF;
  UPDATE memori.accounts a SET held_tokens = a.held_tokens + s.t, held_nano_usd = a.held_nano_usd + s.n
  FROM unnest(ids, tokens, nano) s (id, t, n) WHERE a.id = s.id;
  RETURN true;
END
$$;

-- Reserves for each call in every limited scope or in none, and writes the attempts, in one commit that does not wait for
-- the disk. `calls` [{ attemptId, isSent, … as limits_of reads it }]; isSent: the request goes out as soon as this is on the
-- disk, which the caller sees to. Answers { refused: { attemptId: line }, alerts }; who is not refused has his hold.
CREATE FUNCTION memori.reserve_all(calls jsonb) RETURNS jsonb LANGUAGE plpgsql
SET lock_timeout = '200ms' SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  asked   memori.limited_call[];
  one     record;
  outcome record;
  refused jsonb := '{}';
  alerts  jsonb := '[]';
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  LOCK TABLE memori.limits IN ROW SHARE MODE;
  asked := memori.limited_calls(calls);
  IF EXISTS (SELECT FROM unnest(asked) q WHERE q.account_id IS NULL) THEN
    PERFORM memori.accounts_for(ARRAY(SELECT q.line FROM unnest(asked) q));
    asked := memori.limited_calls(calls);
  END IF;
  IF cardinality(asked) > 0 AND NOT memori.hold_all(asked) THEN
    -- Every row is locked by now: in the order of the calls, the first gets what there is.
    FOR one IN SELECT q.attempt_id AS id, array_agg(q.line) AS lines, array_agg(q.account_id) AS ids, max(q.tokens) AS tokens,
                      max(q.nano_usd) AS nano
               FROM unnest(asked) WITH ORDINALITY q GROUP BY q.attempt_id ORDER BY min(q.ordinality) LOOP
      outcome := memori.hold_in_all(one.lines, one.ids, one.tokens, one.nano);
      alerts := alerts || coalesce(to_jsonb(outcome.alerts), '[]');
      IF outcome.refused IS NOT NULL THEN refused := refused || jsonb_build_object(one.id, outcome.refused); END IF;
    END LOOP;
  END IF;

  WITH c AS MATERIALIZED (
    SELECT d.*, (memori.ledger_time() AT TIME ZONE coalesce(t.time_zone, d."timeZone"))::date AS day,
           (memori.ledger_time() AT TIME ZONE d."timeZone")::date AS global_day,
           clock_timestamp() AS at
    FROM jsonb_to_recordset(calls) AS d ("attemptId" uuid, "tenantId" text, "userId" text, "sessionId" text,
      "dataSourceId" text, "questionId" text, purpose text, model text, "priceVersion" text, fence bigint, reserved jsonb,
      tokens bigint, "nanoUsd" bigint, "ttlMs" bigint, "timeZone" text, "isSent" boolean)
    LEFT JOIN memori.tenants t ON t.id = d."tenantId"
    WHERE NOT refused ? d."attemptId"::text
  ), written AS (
    INSERT INTO memori.attempts (id, tenant_id, user_id, session_id, data_source_id, question_id, purpose, model,
                                 price_version, fence, day, global_day, reserved, state, prepared_at,
                                 sent_at)
    SELECT c."attemptId", c."tenantId", c."userId", c."sessionId", c."dataSourceId", c."questionId", c.purpose, c.model,
           c."priceVersion", c.fence, c.day, c.global_day, c.reserved, CASE WHEN c."isSent" THEN 'sent' ELSE 'prepared' END, c.at,
           CASE WHEN c."isSent" THEN c.at END
    FROM c
  )
  INSERT INTO memori.holds (attempt_id, tenant_id, user_id, account_ids, tokens, nano_usd, opened_at, expires_at)
  SELECT c."attemptId", c."tenantId", c."userId", coalesce(i.ids, '{}'), c.tokens, c."nanoUsd",
         c.at, c.at + c."ttlMs" * interval '1 millisecond'
  FROM c LEFT JOIN (SELECT q.attempt_id, array_agg(q.account_id) AS ids FROM unnest(asked) q GROUP BY q.attempt_id) i
    ON i.attempt_id = c."attemptId";
  RETURN jsonb_build_object('refused', refused, 'alerts', alerts);
END
$$;

-- Ends holds with what their calls cost; `charges` as memori.settle takes one. Answers { reasons: { attemptId: [] } of those
-- that have any, alone: the attempts whose hold is not open any more, which memori.settle must look at one by one, alerts }.
CREATE FUNCTION memori.settle_all(charges jsonb) RETURNS jsonb LANGUAGE plpgsql
SET lock_timeout = '200ms' SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  wanted  uuid[] := ARRAY(SELECT (c->>'attemptId')::uuid FROM jsonb_array_elements(charges) c);
  opened  uuid[];
  moved   record;
  a       memori.accounts;
  alerts  jsonb := '[]';
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  LOCK TABLE memori.limits IN ROW SHARE MODE;
  opened := ARRAY(SELECT h.attempt_id FROM memori.holds h WHERE h.attempt_id = ANY (wanted) AND h.state = 'open'
                  ORDER BY h.attempt_id FOR UPDATE);
  WITH c AS MATERIALIZED (
    SELECT d.*, u.*, ARRAY(SELECT jsonb_array_elements_text(coalesce(d.reasons, '[]'))) AS told
    FROM jsonb_to_recordset(charges) AS d ("attemptId" uuid, outcome text, usage jsonb, "limitTokens" bigint, "nanoUsd" bigint,
      "savedNanoUsd" bigint, reasons jsonb, "providerRequestId" text)
    CROSS JOIN LATERAL jsonb_to_record(d.usage) AS u ("inputTokens" bigint, "cacheReadTokens" bigint,
      "cacheWrite5mTokens" bigint, "cacheWrite1hTokens" bigint, "outputTokens" bigint)
    WHERE d."attemptId" = ANY (opened)
  ), h AS (
    UPDATE memori.holds h SET state = 'settled', closed_at = clock_timestamp() FROM c WHERE h.attempt_id = c."attemptId"
    RETURNING h.attempt_id, h.account_ids, h.tokens, h.nano_usd
  ), t AS (
    UPDATE memori.attempts t SET state = 'ended', outcome = c.outcome, ended_at = clock_timestamp(),
      provider_request_id = coalesce(c."providerRequestId", t.provider_request_id), input_tokens = c."inputTokens",
      cache_read_tokens = c."cacheReadTokens", cache_write_5m_tokens = c."cacheWrite5mTokens",
      cache_write_1h_tokens = c."cacheWrite1hTokens", output_tokens = c."outputTokens"
    FROM c WHERE t.id = c."attemptId" RETURNING t.*
  ), s AS MATERIALIZED (
    SELECT t.*, h.account_ids, h.tokens, h.nano_usd AS held_nano, c."limitTokens" AS spent, c."nanoUsd" AS nano,
           coalesce(c."savedNanoUsd", 0) AS saved, greatest(0, c."limitTokens" - h.tokens) AS over_tokens,
           greatest(0, c."nanoUsd" - h.nano_usd) AS over_nano,
           c.told || CASE WHEN c."limitTokens" > h.tokens OR c."nanoUsd" > h.nano_usd THEN '{estimate_exceeded}' ELSE '{}' END::text[]
             AS why
    FROM c JOIN h ON h.attempt_id = c."attemptId" JOIN t ON t.id = c."attemptId"
  ), j AS (
    INSERT INTO memori.journal (entry, tenant_id, user_id, attempt_id, session_id, data_source_id, question_id, purpose,
      model, price_version, day, global_day, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
      output_tokens, limit_tokens, nano_usd, saved_nano_usd, account_ids, reasons, excess_tokens, excess_nano_usd)
    SELECT 'charge', s.tenant_id, s.user_id, s.id, s.session_id, s.data_source_id, s.question_id, s.purpose, s.model,
           s.price_version, s.day, s.global_day, s.input_tokens, s.cache_read_tokens, s.cache_write_5m_tokens,
           s.cache_write_1h_tokens, s.output_tokens, s.spent, s.nano, s.saved, s.account_ids, s.why, s.over_tokens, s.over_nano
    FROM s WHERE cardinality(s.why) > 0 OR (s.input_tokens, s.cache_read_tokens, s.cache_write_5m_tokens,
      s.cache_write_1h_tokens, s.output_tokens, s.nano) <> (0, 0, 0, 0, 0, 0)
  ), m AS (
    SELECT i.id, sum(s.spent)::bigint AS posted, sum(s.nano)::bigint AS posted_nano, sum(s.tokens)::bigint AS freed,
           sum(s.held_nano)::bigint AS freed_nano, sum(s.over_tokens)::bigint AS over, sum(s.over_nano)::bigint AS over_nano
    FROM s CROSS JOIN unnest(s.account_ids) i (id) GROUP BY i.id
  )
  SELECT array_agg(m.id) AS ids, array_agg(m.posted) AS posted, array_agg(m.posted_nano) AS posted_nano,
         array_agg(m.freed) AS freed, array_agg(m.freed_nano) AS freed_nano, array_agg(m.over) AS over,
         array_agg(m.over_nano) AS over_nano,
         (SELECT coalesce(jsonb_object_agg(s.id, s.why), '{}') FROM s WHERE cardinality(s.why) > 0) AS reasons
  INTO moved FROM m;

  PERFORM FROM memori.accounts b WHERE b.id = ANY (moved.ids) ORDER BY b.id FOR UPDATE;
  FOR a IN
    UPDATE memori.accounts b SET
      posted_tokens = b.posted_tokens + v.posted, posted_nano_usd = b.posted_nano_usd + v.posted_nano,
      held_tokens = b.held_tokens - v.freed, held_nano_usd = b.held_nano_usd - v.freed_nano,
      excess_tokens = b.excess_tokens + v.over, excess_nano_usd = b.excess_nano_usd + v.over_nano,
      alerted_at = CASE WHEN b.alerted_at IS NULL AND (b.posted_tokens + v.posted >= b.alert_tokens
        OR b.posted_nano_usd + v.posted_nano >= b.alert_nano_usd) THEN now() ELSE b.alerted_at END
    FROM unnest(moved.ids, moved.posted, moved.posted_nano, moved.freed, moved.freed_nano, moved.over, moved.over_nano)
      v (id, posted, posted_nano, freed, freed_nano, over, over_nano)
    WHERE b.id = v.id RETURNING b.*
  LOOP
    IF a.alerted_at = now() THEN alerts := alerts || memori.raise_alert(a); END IF;
  END LOOP;
  RETURN jsonb_build_object('reasons', moved.reasons, 'alerts', alerts,
                            'alone', to_jsonb(ARRAY(SELECT w FROM unnest(wanted) w EXCEPT SELECT o FROM unnest(opened) o)));
END
$$;

-- Ends a hold with what the call cost. `charge`: attemptId, outcome, usage by kind, limitTokens, nanoUsd, savedNanoUsd,
-- reasons; timeZone and alertAt as in limits_of; from the reaper also seenState, the evidence that it decided by. Result:
-- settled, late, already or skipped; again: the hold was closed at this moment, and all must be done once more.
-- A late charge may be the first of its scope in a window since a limit was set: then its account is opened here, while no
-- ledger function runs. It was opened empty by the next call before, without this charge.
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
  alerts      jsonb := '[]';
  is_late     boolean := false;
  may_open    boolean;
  l           memori.limit_line;
  b           memori.accounts;
BEGIN
  PERFORM memori.enter('*', '*'), set_config('synchronous_commit', 'off', true);
  may_open := NOT by_reaper AND EXISTS (SELECT FROM memori.holds o WHERE o.attempt_id = attempt AND o.state IN ('released', 'expired'));
  IF may_open THEN LOCK TABLE memori.limits IN EXCLUSIVE MODE; ELSE LOCK TABLE memori.limits IN ROW SHARE MODE; END IF;
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
    IF NOT may_open THEN RETURN '{"result": "again"}'; END IF;
    is_late := true;
    UPDATE memori.holds SET state = 'settled', closed_at = clock_timestamp() WHERE attempt_id = attempt;
  END IF;
  UPDATE memori.attempts SET state = 'ended', outcome = charge->>'outcome', ended_at = clock_timestamp(),
    provider_request_id = coalesce(charge->>'providerRequestId', provider_request_id), input_tokens = u_input,
    cache_read_tokens = u_read, cache_write_5m_tokens = u_5m, cache_write_1h_tokens = u_1h, output_tokens = u_output
  WHERE id = attempt RETURNING * INTO a;

  IF is_late THEN
    FOR l IN SELECT m.* FROM memori.limits_of(charge || jsonb_build_object('tenantId', a.tenant_id, 'userId', a.user_id,
        'sessionId', a.session_id, 'dataSourceId', a.data_source_id)) m
      WHERE m.starts_on = memori.window_start(m.period, (CASE m.scope WHEN 'global' THEN a.global_day ELSE a.day END)::timestamp)
        AND NOT EXISTS (SELECT FROM memori.accounts k WHERE k.is_live AND (k.scope, k.tenant_id, k.scope_id, k.period, k.starts_on)
          = (m.scope, m.tenant_id, m.scope_id, m.period, m.starts_on))
    LOOP
      b := memori.change_limit(memori.open_account(l), l);
      IF b.alerted_at = now() THEN alerts := alerts || memori.raise_alert(b); END IF;
    END LOOP;
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

  alerts := alerts || memori.move_sums(h.account_ids, tokens, nano, freed_tok, freed_nano, over_tok, over_nano);
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
