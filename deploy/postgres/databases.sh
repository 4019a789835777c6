#!/bin/sh
# For each folder in /databases: a role, a database that it alone enters, and the URL of both. What is there stays, so
# this runs at every start, and a service that is added later gets its own. Without its `url` a role gets a new password.
set -eu
umask 0222
export PGHOST=postgres PGUSER=postgres PGDATABASE=postgres
PGPASSWORD=$(cat /run/superuser/password)
export PGPASSWORD

make_url() {
    password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    rm -f "$2.new"
    echo "postgresql://$1:$password@$PGHOST:5432/$1" > "$2.new"
    mv "$2.new" "$2"
}

for folder in /databases/*; do
    name=$(basename "$folder")
    [ -s "$folder/url" ] || make_url "$name" "$folder/url"
    PASSWORD=$(sed 's|.*:\(.*\)@.*|\1|' "$folder/url") psql --no-psqlrc --quiet --set name="$name" --file /database.sql
    echo "the database of $name is there"
done
