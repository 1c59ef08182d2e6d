-- Primary and foreign keys of the tables $1. Keys that a partition has from its parent are the parent's.
SELECT conrelid::int8::text AS "tableId", contype::text AS kind, conkey::int4[] AS columns,
       confrelid::int8::text AS "targetId", confkey::int4[] AS references
FROM pg_constraint
WHERE conrelid = ANY ($1::oid[]) AND contype IN ('p', 'f') AND conparentid = 0
ORDER BY conrelid, contype, conname COLLATE "C"
