"""Ports for servers: free, remembered, and never one the system would lend to a client."""

import contextlib
import errno
import random
import socket
from pathlib import Path

# Below what Linux (32768) and macOS (49152) hand to outgoing connections: a client that redials a dead server on a port
# of that range may be given the same port for its own end, connect to itself, and keep the server from coming back.
SERVER_PORTS = range(15000, 32000)

# Between being found and being listened on a port looks free: two servers that start at once must not be given it.
_given: set[int] = set()


class NoFreePort(Exception):
    """No port of the range could be bound."""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def is_taken(port: int, host: str) -> bool:
    """By another process; whatever else forbids listening there is for whoever listens to tell."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            return fault.errno == errno.EADDRINUSE
    return False


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """As many different ones, which this process was not given before."""
    found: list[int] = []
    for port in random.sample(SERVER_PORTS, len(SERVER_PORTS)):
        if len(found) == count:
            return found
        if port not in _given and is_free(port):
            found.append(port)
            _given.add(port)
    raise NoFreePort(f"fewer than {count} ports between {SERVER_PORTS.start} and {SERVER_PORTS.stop} are free")


def remembered_port(file: Path, *, but_not: int | None = None) -> int:
    """The port of the last time, so that what was told about a server stays true; another when it is taken."""
    with contextlib.suppress(OSError, ValueError):
        if is_free(port := int(file.read_text())) and port != but_not:
            _given.add(port)
            return port
    port = next(port for port in free_ports(2) if port != but_not)
    file.write_text(f"{port}\n")
    return port
