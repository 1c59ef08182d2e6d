-- What the given types are made of: domains down to their base, arrays down to their elements, and those again.
WITH RECURSIVE walk (oid) AS (
  SELECT unnest(:oids::pg_catalog.oid[])
  UNION
  SELECT part.oid
  FROM walk
  JOIN pg_catalog.pg_type AS t ON t.oid = walk.oid
  CROSS JOIN LATERAL (VALUES (t.typbasetype), (CASE WHEN t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc THEN t.typelem END)) AS part (oid)
  WHERE part.oid <> 0
)
SELECT t.oid::pg_catalog.int8::text AS id,
       t.typbasetype::pg_catalog.int8::text AS base,
       CASE WHEN t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc THEN t.typelem ELSE 0 END::pg_catalog.int8::text AS element,
       t.typdelim::text AS delimiter
FROM walk JOIN pg_catalog.pg_type AS t ON t.oid = walk.oid
