-- Operators outside of pg_catalog, with what tells whether they could catch expressions of built-in types.
SELECT DISTINCT n.nspname AS schema, o.oprname AS name, x.extname AS extension,
       ARRAY(SELECT format_type(operand, NULL) FROM unnest(ARRAY[o.oprleft, o.oprright]) AS operand WHERE operand <> 0) AS operands,
       p.provolatile::text AS volatility, p.prosecdef AS "securityDefiner"
FROM pg_operator AS o
JOIN pg_namespace AS n ON n.oid = o.oprnamespace
JOIN pg_proc AS p ON p.oid = o.oprcode
LEFT JOIN pg_depend AS e ON e.classid = 'pg_operator'::regclass AND e.objid = o.oid AND e.deptype = 'e'
LEFT JOIN pg_extension AS x ON e.refclassid = 'pg_extension'::regclass AND x.oid = e.refobjid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1, 2, 3, 4, 5, 6
