SELECT current_setting('server_version_num')::int AS "versionNum",
       current_setting('server_version') AS version,
       pg_encoding_to_char(d.encoding) AS encoding,
       -- Only the system's own provider looks at LC_CTYPE; PostgreSQL's and ICU's know Unicode by themselves.
       CASE d.datlocprovider WHEN 'c' THEN d.datctype ELSE d.datlocprovider::text END AS ctype,
       pg_is_in_recovery() AS "isStandby",
       current_user AS role,
       r.rolsuper OR r.rolbypassrls AS "passesRowSecurity"
FROM pg_database d, pg_roles r
WHERE d.datname = current_database() AND r.rolname = current_user
