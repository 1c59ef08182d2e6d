DROP FUNCTION memori.question_service_ms();
DROP FUNCTION memori.replay_question(text, uuid, text[], integer);
DROP INDEX memori.questions_answered_lately;
DROP INDEX memori.questions_failed;
