#!/bin/sh
# A password for each user of the bus, who is a folder in /users, made up once, and there the URL to use it with; and a
# certificate for NATS of an authority of our own, used with BUS_TLS=on. What is there stays, so this runs at every start,
# and a service that is added later gets its own. `password USER` and `ca` tell what an operator needs;
# `renew USER` forgets a password, so that the next run makes another.
set -eu
umask 0222

password_of() {
    sed 's/password: "\(.*\)"/\1/' "/passwords/$1.conf"
}

# The file, and its content on standard input: whole or not there at all.
keep() {
    rm -f "$1.new"
    cat > "$1.new"
    mv -f "$1.new" "$1"
}

is_fresh() {
    [ -s "$1" ] && openssl x509 -in "$1" -noout -checkend 2592000 > /dev/null
}

make_authority() {
    openssl ecparam -genkey -name prime256v1 -noout | keep /authority/key
    openssl req -x509 -new -key /authority/key -days 3650 -config /certificates.cnf -extensions authority \
        -subj "/CN=flow bus authority" | keep /authority/ca.pem
    rm -f /tls/cert.pem
}

make_certificate() {
    openssl ecparam -genkey -name prime256v1 -noout | keep /tls/key.pem
    openssl req -new -key /tls/key.pem -config /certificates.cnf -subj "/CN=nats" \
        | openssl x509 -req -CA /authority/ca.pem -CAkey /authority/key -days 365 \
            -extfile /certificates.cnf -extensions server 2> /tmp/said | keep /tls/cert.pem
}

case "${1:-}" in
    password) password_of "$2"; exit ;;
    renew) exec rm "/passwords/$2.conf" ;;
    ca) exec cat /authority/ca.pem ;;
esac

case "${BUS_TLS:-off}" in
    on) scheme=tls server='tls { cert_file: "/etc/nats/tls/cert.pem", key_file: "/etc/nats/tls/key.pem", handshake_first: auto }' ;;
    off) scheme=nats server='# off' ;;
    *) echo "BUS_TLS is on or off, not $BUS_TLS" >&2; exit 1 ;;
esac

is_fresh /authority/ca.pem || make_authority
is_fresh /tls/cert.pem || make_certificate
echo "$server" | keep /tls/tls.conf
for folder in /users/*; do
    name=$(basename "$folder")
    [ -s "/passwords/$name.conf" ] ||
        printf 'password: "%s"\n' "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" | keep "/passwords/$name.conf"
    echo "$scheme://$name:$(password_of "$name")@nats:4222" | keep "$folder/url"
    keep "$folder/ca.pem" < /authority/ca.pem
    echo "$name may come"
done
