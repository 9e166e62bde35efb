#!/bin/sh
# Run once by the PostgreSQL image when the cluster is new: the roles and the database of Gánh.
# The passwords come from the environment and stand in no argument.
set -eu
exec psql -X -q -U "${POSTGRES_USER:-postgres}" -d postgres -f - <<'SQL'
\getenv owner POSTGRES_OWNER_PASSWORD
\getenv app POSTGRES_APP_PASSWORD
\getenv public POSTGRES_PUBLIC_PASSWORD
\getenv stats POSTGRES_STATS_PASSWORD
\i /ganh/roles.sql
SQL
