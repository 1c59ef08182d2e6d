DROP FUNCTION memori.add_question_event(uuid, text, json), memori.questions_ahead(),
  memori.begin_question(json, boolean, text, integer, integer),
  memori.claim_question(text, integer, integer, boolean), memori.renew_question_claims(uuid[], bigint[], integer),
  memori.requeue_question(uuid, bigint, integer, text, boolean, json, integer),
  memori.finish_question(uuid, bigint, text, json, json, timestamptz, json, bytea, integer, integer, bytea, boolean),
  memori.cancel_question(text, text, uuid, boolean, json),
  memori.sweep_questions(integer, integer, json, json), memori.question_line_length(),
  memori.read_question(text, text, uuid, boolean, boolean);
DROP TABLE memori.question_feedback, memori.idempotency_keys, memori.question_events, memori.question_turns_taken,
  memori.questions;
DROP SEQUENCE memori.question_fences;
