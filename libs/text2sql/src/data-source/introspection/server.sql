-- What the role may do beyond reading, and where it is. $1: the schemas, or null.
WITH me AS (SELECT r.* FROM pg_roles AS r WHERE r.rolname = current_user),
relations AS (
  SELECT c.oid, c.relowner, c.relkind, n.oid AS schema_oid, n.nspname || '.' || c.relname AS name
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND CASE WHEN $1::text[] IS NULL THEN n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ELSE n.nspname = ANY ($1) END
)
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int4 AS "versionNumber",
       current_database() AS database, pg_is_in_recovery() AS "isReplica",
       me.rolsuper AS "isSuperuser", me.rolcreaterole AS "mayCreateRoles", me.rolcreatedb AS "mayCreateDatabases",
       me.rolreplication AS "mayReplicate", me.rolbypassrls AS "bypassesRowSecurity",
       has_database_privilege(current_database(), 'CREATE') AS "mayCreateSchemas",
       ARRAY(SELECT r.rolname::text FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.roleid
             WHERE m.member = me.oid ORDER BY 1) AS "memberOf",
       ARRAY(SELECT name FROM relations WHERE relowner = me.oid ORDER BY 1 LIMIT 50) AS owned,
       ARRAY(SELECT name FROM relations
             WHERE relkind IN ('r', 'p', 'v', 'f') AND (has_any_column_privilege(oid, 'INSERT, UPDATE') OR has_table_privilege(oid, 'DELETE, TRUNCATE'))
               AND has_schema_privilege(schema_oid, 'USAGE')
             ORDER BY 1 LIMIT 50) AS writable,
       ARRAY(SELECT n.nspname::text FROM pg_namespace AS n
             WHERE n.nspname !~ '^pg_' AND has_schema_privilege(n.oid, 'CREATE') ORDER BY 1 LIMIT 50) AS creatable
FROM me
