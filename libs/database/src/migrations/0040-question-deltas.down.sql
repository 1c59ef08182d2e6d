DROP FUNCTION memori.add_question_delta(uuid, bigint, json);
