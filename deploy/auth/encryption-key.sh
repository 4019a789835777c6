#!/bin/sh
# Makes up the key that private keys are sealed under, on the first start; later ones find it.
set -eu
umask 0222
if [ ! -s /run/keys/encryption-key ]; then
    rm -f /run/keys/encryption-key.new
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > /run/keys/encryption-key.new
    mv /run/keys/encryption-key.new /run/keys/encryption-key
fi
