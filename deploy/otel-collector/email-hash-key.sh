#!/bin/sh
# Makes up the key of the emails' hashes on the first start; later ones find it. Its first letters keep it a text in YAML.
set -eu
umask 0222
if [ ! -s /run/keys/email-hash ]; then
    rm -f /run/keys/email-hash.new
    { printf 'key-'; od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; } > /run/keys/email-hash.new
    mv /run/keys/email-hash.new /run/keys/email-hash
fi
