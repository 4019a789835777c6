#!/bin/sh
# Makes up the superuser's password on the first start; later ones find it.
set -eu
umask 0222
if [ ! -s /run/superuser/password ]; then
    rm -f /run/superuser/password.new
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > /run/superuser/password.new
    mv /run/superuser/password.new /run/superuser/password
fi
