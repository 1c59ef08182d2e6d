-- A key of a B-tree holds 2,704 bytes at most: a long Chinese question did not fit, so the key is its hash.

-- convert_to() is STABLE only for conversions that somebody may replace; from the encoding of this database to UTF8 it always says the same.
CREATE FUNCTION memori.question_hash(question text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN sha256(convert_to(question, 'UTF8'));

CREATE UNIQUE INDEX verified_queries_by_question ON memori.verified_queries (data_source_id, memori.question_hash(normalised));
ALTER TABLE memori.verified_queries DROP CONSTRAINT verified_queries_data_source_id_normalised_key;
