-- ANALYZE keeps common and evenly spread values of a column in pg_statistic, where forgetting does not reach them. What
-- people say, and the names that they give, are never looked for by these columns without an index on ids before them, so
-- that the planner does without.
DO $$
DECLARE
  place text;
BEGIN
  FOREACH place IN ARRAY ARRAY[
    'sessions.namespace', 'sessions.external_id', 'sessions.title', 'namespaces.namespace',
    'turns.namespace', 'turns.name', 'turns.content', 'turns.external_id', 'turns.sql', 'turns.result_shape', 'turns.terms',
    'memories.namespace', 'memories.content', 'memories.terms', 'memory_history.content', 'memories.subject', 'memories.predicate', 'memories.fact_key', 'memories.fingerprint',
    'corrections.note', 'corrections.sql', 'recalled.fingerprint', 'recalled.tokens', 'session_summaries.content',
    'memory_vectors.namespace', 'memory_vectors.embedding', 'vector_work.namespace', 'vector_work.error',
    'questions.question', 'questions.input', 'questions.answer', 'questions.error', 'questions.progress',
    'question_events.data', 'question_feedback.note', 'question_feedback.corrected_sql',
    'idempotency_keys.key', 'reply_keys.key', 'events.data', 'background_requests.key', 'background_requests.error',
    'background_requests.body_sealed', 'background_requests.reply_sealed', 'questions.context', 'questions.rows_sealed',
    'cached_answers.sealed', 'reply_keys.reply'
  ] LOOP
    EXECUTE format('ALTER TABLE memori.%I ALTER COLUMN %I SET STATISTICS 0', split_part(place, '.', 1), split_part(place, '.', 2));
  END LOOP;
END
$$;
