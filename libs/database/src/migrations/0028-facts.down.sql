DROP INDEX memori.background_requests_by_session;
DROP TRIGGER sessions_forget_drawn ON memori.sessions;
DROP FUNCTION memori.forget_drawn();
DROP FUNCTION memori.sessions_to_draw(integer, integer, integer, integer);
DROP TABLE memori.recalled;
DROP TABLE memori.corrections;
DROP TRIGGER memories_reopen ON memori.memories;
DROP FUNCTION memori.reopen_superseded();
ALTER TABLE memori.memory_history DROP COLUMN superseded_by;
ALTER TABLE memori.memories DROP COLUMN subject, DROP COLUMN predicate, DROP COLUMN fact_key, DROP COLUMN negated,
  DROP COLUMN fingerprint, DROP COLUMN support, DROP COLUMN uses, DROP COLUMN last_used_at, DROP COLUMN said_at, DROP COLUMN stated_to, DROP COLUMN superseded_by,
  DROP COLUMN supersedes, DROP COLUMN essential;
ALTER TABLE memori.sessions DROP COLUMN drawn_seq;
