DROP FUNCTION memori.settle_all(jsonb);
DROP FUNCTION memori.reserve_all(jsonb);
DROP FUNCTION memori.hold_all(memori.limited_call[]);
DROP FUNCTION memori.limited_calls(jsonb);
DROP TYPE memori.limited_call;

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
