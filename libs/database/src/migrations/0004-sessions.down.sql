DROP FUNCTION memori.record_turns(text, text, uuid, jsonb);
DROP FUNCTION memori.resume_session(text, text, uuid, text, uuid, text, integer);
DROP FUNCTION memori.touch_namespace(text, text, text, boolean);
DROP TABLE memori.turns, memori.namespaces, memori.sessions;
DROP SEQUENCE memori.scope_version;
