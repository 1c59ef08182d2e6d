DROP FUNCTION memori.index_vectors(integer);
DROP FUNCTION memori.drop_old_vectors(integer, integer);
DROP FUNCTION memori.end_vector_work(integer, text, text, text, bigint, bigint, text, integer);
DROP FUNCTION memori.claim_vector_work(integer, integer);
DROP TABLE memori.vector_work;
DROP TRIGGER memories_forget_vectors ON memori.memories;
DROP FUNCTION memori.forget_vectors();
DROP TABLE memori.memory_vectors;
DROP TABLE memori.vector_generations;
