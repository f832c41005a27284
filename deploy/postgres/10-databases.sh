#!/usr/bin/env bash
# First start of the database: one role and one database for each service that has a folder of secrets; no service can open
# another's.
set -euo pipefail
for folder in /run/databases/*/; do
  service=$(basename "$folder")
  password=$(cat "$folder/password")
  psql -v ON_ERROR_STOP=1 --no-psqlrc -q -U "$POSTGRES_USER" -d postgres -v role="rapport_$service" -v password="$password" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role" ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
done
