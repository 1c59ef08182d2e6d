DROP FUNCTION memori.tidy_memories(integer, integer);
DROP FUNCTION memori.weight_now(memori.memories);
DROP TABLE memori.memory_settings;
