#!/usr/bin/env bash
# First start of the database: one role and one database for each service; no service can open another's.
set -euo pipefail
for service in profiles interactions complaints satisfaction; do
  password=$(cat "/run/secrets/${service}_password")
  psql -v ON_ERROR_STOP=1 --no-psqlrc -q -U "$POSTGRES_USER" -d postgres -v role="rapport_$service" -v password="$password" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role" ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
done
