DROP FUNCTION memori.forget(text, text, uuid, text);
DROP POLICY tenant_wide ON memori.namespaces;
DROP TABLE memori.memory_history, memori.memories;
