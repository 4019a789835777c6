#!/bin/sh
# A password for each user of the bus, who is a folder in /users, made up once; and there the URL to use it with. What is
# there stays, so this runs at every start, and a service that is added later gets its own. `password USER` tells one.
set -eu
umask 0222

if [ "${1:-}" = password ]; then
    exec sed 's/password: "\(.*\)"/\1/' "/passwords/$2.conf"
fi

for folder in /users/*; do
    name=$(basename "$folder")
    kept=/passwords/$name.conf
    if [ ! -s "$kept" ]; then
        rm -f "$kept.new"
        printf 'password: "%s"\n' "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" > "$kept.new"
        mv "$kept.new" "$kept"
    fi
    rm -f "$folder/url.new"
    echo "nats://$name:$(sed 's/password: "\(.*\)"/\1/' "$kept")@nats:4222" > "$folder/url.new"
    mv -f "$folder/url.new" "$folder/url"
    echo "$name may come"
done
