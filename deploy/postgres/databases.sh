#!/usr/bin/env bash
# Before each start of the services, as the superuser: a database for each of them that has a folder of secrets, the role it
# works as, and the role that owns what is only ever added to (docs/decisions/0045). No service can open another's. Does
# nothing new where all is there; a volume of a version with one role gets the second one.
set -euo pipefail
PGPASSWORD=$(cat /run/secrets/postgres_password)
export PGPASSWORD
for folder in /run/databases/*/; do
  service=$(basename "$folder")
  password=$(cat "$folder/password")
  owner_password=$(cat "/run/owners/$service/password")
  psql -v ON_ERROR_STOP=1 --no-psqlrc -q -d postgres -v role="rapport_$service" -v owner="rapport_${service}_owner" \
    -v password="$password" -v owner_password="$owner_password" <<'SQL'
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY[:'role', :'owner']) AS name
WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE :"role" LOGIN PASSWORD :'password';
ALTER ROLE :"owner" LOGIN PASSWORD :'owner_password';
GRANT :"role" TO :"owner";
SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' TEMPLATE template0', :'role', :'owner')
WHERE :'role' NOT IN (SELECT datname FROM pg_database) \gexec
ALTER DATABASE :"role" OWNER TO :"owner";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"role" TO :"role";
SQL
done
