-- Operators outside of pg_catalog, by name.
SELECT DISTINCT n.nspname AS schema, o.oprname AS name, x.extname AS extension
FROM pg_operator AS o
JOIN pg_namespace AS n ON n.oid = o.oprnamespace
LEFT JOIN pg_depend AS e ON e.classid = 'pg_operator'::regclass AND e.objid = o.oid AND e.deptype = 'e'
LEFT JOIN pg_extension AS x ON e.refclassid = 'pg_extension'::regclass AND x.oid = e.refobjid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1, 2, 3
