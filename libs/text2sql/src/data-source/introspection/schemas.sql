SELECT nspname AS name, has_schema_privilege(oid, 'USAGE') AS usable
FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
ORDER BY nspname COLLATE "C"
