-- Types outside of pg_catalog and what each is made of. Arrays and the rows of tables are left out: those follow from others.
SELECT n.nspname AS schema, t.typname AS name, x.extname AS extension,
       CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite'
                      WHEN 'r' THEN 'range' WHEN 'm' THEN 'multirange' ELSE 'base' END AS kind,
       CASE t.typtype
         WHEN 'd' THEN ARRAY[format_type(t.typbasetype, t.typtypmod)]
         WHEN 'r' THEN ARRAY(SELECT format_type(r.rngsubtype, NULL) FROM pg_range AS r WHERE r.rngtypid = t.oid)
         -- By name: version 13 knows no multiranges, and no such column.
         WHEN 'm' THEN ARRAY(SELECT format_type(r.rngsubtype, NULL) FROM pg_range AS r
                             WHERE (to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid)
         WHEN 'c' THEN ARRAY(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute AS a
                             WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
         ELSE '{}' END AS parts,
       CASE t.typtype WHEN 'c' THEN ARRAY(SELECT a.attname::text FROM pg_attribute AS a
                             WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) END AS fields,
       CASE WHEN EXISTS (
         SELECT FROM pg_constraint AS k
         JOIN pg_depend AS d ON d.classid = 'pg_constraint'::regclass AND d.objid = k.oid AND d.refclassid = 'pg_proc'::regclass
         JOIN pg_proc AS p ON p.oid = d.refobjid
         WHERE k.contypid = t.oid AND (p.provolatile = 'v' OR p.prosecdef)) THEN 'check'
       WHEN EXISTS (
         SELECT FROM pg_cast AS k JOIN pg_proc AS p ON p.oid = k.castfunc
         WHERE k.casttarget = t.oid AND (p.provolatile = 'v' OR p.prosecdef)) THEN 'cast' END AS "runsCode"
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_class AS c ON c.oid = t.typrelid
LEFT JOIN pg_depend AS e ON e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e'
LEFT JOIN pg_extension AS x ON e.refclassid = 'pg_extension'::regclass AND x.oid = e.refobjid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND t.typtype IN ('e', 'd', 'c', 'r', 'm', 'b') AND NOT (t.typtype = 'b' AND t.typcategory = 'A') AND t.typisdefined
  AND (t.typtype <> 'c' OR c.relkind = 'c')
  AND has_schema_privilege(n.oid, 'USAGE') AND has_type_privilege(t.oid, 'USAGE')
ORDER BY n.nspname COLLATE "C", t.typname COLLATE "C"
