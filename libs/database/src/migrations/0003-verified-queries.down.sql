DROP TABLE memori.verified_queries, memori.verified_query_versions;
DROP FUNCTION memori.verified_query_changed(), memori.verified_query_version(text, uuid);
