DROP TABLE memori.described_tables;
DROP TABLE memori.catalog_aliases;
DROP FUNCTION memori.sweep_background(integer, json, integer);
DROP FUNCTION memori.claim_batch(text, integer);
DROP FUNCTION memori.open_batch(uuid, uuid[], bigint[], uuid[], bigint, bigint);
DROP FUNCTION memori.claim_background(text, integer, integer, integer, integer);
DROP TABLE memori.llm_batches;
DROP TABLE memori.background_requests;
DROP SEQUENCE memori.background_fences;
