-- Fails when a question is there that is too long for the index: it has to go first.
ALTER TABLE memori.verified_queries ADD CONSTRAINT verified_queries_data_source_id_normalised_key UNIQUE (data_source_id, normalised);
DROP INDEX memori.verified_queries_by_question;
DROP FUNCTION memori.question_hash(text);
