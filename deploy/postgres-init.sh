#!/bin/sh
# Runs once, when the database volume is empty: the role that Memori connects as owns its database and nothing else.
# Row-level security holds for it, as it would not for a superuser.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$MEMORI_POSTGRES_PASSWORD" --username postgres --dbname memori <<'SQL'
CREATE ROLE memori LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
ALTER DATABASE memori OWNER TO memori;
CREATE EXTENSION IF NOT EXISTS vector;
SQL
