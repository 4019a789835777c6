"""`python -I -m flowkit.probe`: whether the process in this container is ready, told within milliseconds."""

import os
import socket
import sys
from collections.abc import Mapping

PATIENCE_S = 2.0
# What a server is told to listen at when it listens everywhere, and where it is then found.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def is_ready(environ: Mapping[str, str]) -> bool:
    host = environ.get("OPS_HOST") or "127.0.0.1"
    address = _EVERYWHERE.get(host, host), int(environ.get("OPS_PORT") or 9100)
    try:
        with socket.create_connection(address, PATIENCE_S) as connection, connection.makefile("rb") as answer:
            connection.sendall(b"GET /health/ready HTTP/1.1\r\nHost: probe\r\n\r\n")
            return b" 200 " in answer.readline(64)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_ready(os.environ) else 1)
