-- Columns of the tables $1 that the role may read, in their order.
SELECT a.attrelid::int8::text AS "tableId", a.attnum::int4 AS number, a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type, a.atttypid::int8::text AS "typeId", t.typcategory::text AS category,
       a.attnotnull AS "notNull", left(d.description, 4000) AS comment,
       a.attidentity::text AS identity, a.attgenerated::text AS generated
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_description AS d ON d.objoid = a.attrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
ORDER BY a.attrelid, a.attnum
