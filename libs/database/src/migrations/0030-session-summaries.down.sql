DROP FUNCTION memori.sessions_to_summarise(integer, integer);
DROP TABLE memori.session_summaries;
ALTER TABLE memori.sessions DROP COLUMN summary_seq;
