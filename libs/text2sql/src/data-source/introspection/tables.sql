-- Tables and views that the role may read, whole or by columns. :schemas is null for all but PostgreSQL's own.
SELECT c.oid::int8::text AS id, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       left(d.description, 4000) AS comment,
       -- -1: never analysed. A partitioned table has the sum of its leaves.
       greatest(CASE c.relkind
         WHEN 'p' THEN (SELECT coalesce(sum(greatest(leaf.reltuples, 0)), 0)
                        FROM pg_partition_tree(c.oid) AS t JOIN pg_class AS leaf ON leaf.oid = t.relid WHERE t.isleaf)
         ELSE c.reltuples END, 0)::float8 AS "estimatedRows",
       CASE WHEN has_table_privilege(c.oid, 'SELECT') THEN 0 ELSE (
         SELECT count(*) FROM pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT'))
       END::int4 AS "hiddenColumns"
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_description AS d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND CASE WHEN $1::text[] IS NULL THEN n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ELSE n.nspname = ANY ($1) END
  AND has_schema_privilege(n.oid, 'USAGE')
  AND has_any_column_privilege(c.oid, 'SELECT')
  -- A partition is shown only where its parent is not.
  AND NOT (c.relispartition AND EXISTS (
    SELECT FROM pg_inherits AS i WHERE i.inhrelid = c.oid AND has_any_column_privilege(i.inhparent, 'SELECT')))
  -- What an extension brought along is no data of the user's.
  AND NOT EXISTS (
    SELECT FROM pg_depend AS e
    WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
