SELECT current_setting('server_version_num')::int AS "versionNum",
       current_setting('server_version') AS version,
       pg_encoding_to_char(d.encoding) AS encoding,
       -- Only the system's own provider looks at LC_CTYPE; PostgreSQL's and ICU's know Unicode by themselves.
       CASE d.datlocprovider WHEN 'c' THEN d.datctype ELSE d.datlocprovider::text END AS ctype,
       pg_is_in_recovery() AS "isStandby",
       current_user AS role,
       r.rolsuper OR r.rolbypassrls AS "passesRowSecurity",
       -- What Memori's own tables are made with, or may be.
       (SELECT jsonb_object_agg(wanted.name, jsonb_build_object('installed', e.extversion, 'available', a.default_version))
        FROM unnest(ARRAY['plpgsql', 'vector']) AS wanted(name)
             LEFT JOIN pg_extension e ON e.extname = wanted.name
             LEFT JOIN pg_available_extensions a ON a.name = wanted.name) AS extensions
FROM pg_database d, pg_roles r
WHERE d.datname = current_database() AND r.rolname = current_user
