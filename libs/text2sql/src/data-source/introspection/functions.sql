-- Functions that the role may call, by name: built-in ones and those of the schemas $1. Procedures are no part of a query.
SELECT DISTINCT n.nspname AS schema, p.proname AS name, p.prokind::text AS kind, p.provolatile::text AS volatility,
       n.nspname = 'pg_catalog' AS builtin, x.extname AS extension, p.prosecdef AS "securityDefiner",
       -- PostgreSQL makes these itself, in the schema of the type.
       n.nspname <> 'pg_catalog' AND l.lanname = 'internal' AND p.prosrc ~ '^(multi)?range_constructor[0-9]$' AS "constructsRange"
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_language AS l ON l.oid = p.prolang
LEFT JOIN pg_depend AS e ON e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'
LEFT JOIN pg_extension AS x ON e.refclassid = 'pg_extension'::regclass AND x.oid = e.refobjid
WHERE p.prokind IN ('f', 'a', 'w')
  AND (n.nspname = 'pg_catalog' OR n.nspname = ANY ($1::text[]))
  AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
ORDER BY 1, 2, 3, 4, 6, 7, 8
