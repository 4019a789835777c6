#!/bin/sh
# The exporter's role and, on the first start, its password. Runs at every start, and finds its work done or does it.
set -eu
umask 0222
export PGHOST=postgres PGUSER=postgres PGDATABASE=postgres
PGPASSWORD=$(cat /run/superuser/password)
export PGPASSWORD

if [ ! -s /role/password ]; then
    rm -f /role/password.new
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > /role/password.new
    mv /role/password.new /role/password
fi
PASSWORD=$(cat /role/password) psql --no-psqlrc --quiet --file /role.sql
