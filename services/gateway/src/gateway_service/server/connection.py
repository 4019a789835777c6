"""What the kernel tells of one connection, and how one is ended for good."""

import os
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self

# Linux's struct tcp_info: segments not yet acknowledged, bytes acknowledged, bytes received, bytes not yet sent.
_INFO: Final = struct.Struct("=24xI92xQQ8xI")
_AT_ONCE: Final = struct.pack("ii", 1, 0)

type Place = tuple[int, object]
"""A descriptor, and who is at the other end: together, one connection and no other."""


class Exchanged(NamedTuple):
    """So many bytes have come, so many have arrived over there; and whether more are on their way."""

    heard: int
    taken: int
    is_owing: bool


@dataclass(frozen=True, slots=True)
class Connection:
    """A client's connection, through a descriptor of our own: the HTTP server may close its one at any time."""

    place: Place
    held: socket.socket

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.held.close()

    def exchanged(self) -> Exchanged:
        told = self.held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
        unacknowledged, taken, heard, unsent = _INFO.unpack(told)
        return Exchanged(heard, taken, bool(unacknowledged or unsent))

    def end(self) -> None:
        """What was not yet sent is thrown away: nobody takes it."""
        with suppress(OSError):
            self.held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self.held.shutdown(socket.SHUT_RDWR)


def connections(port: int) -> Iterator[Connection]:
    """Those of this process to its own port, one after the other."""
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # closed meanwhile, or no connection
            number = int(entry.name)
            if stat.S_ISSOCK(os.fstat(number).st_mode) and (connection := _connection(number, port)) is not None:
                with connection:
                    yield connection


def connection_at(place: Place, port: int) -> Connection | None:
    """The very same as before; None where it has ended since."""
    with suppress(OSError):
        connection = _connection(place[0], port)
        if connection is not None and connection.place == place:
            return connection
        if connection is not None:
            connection.held.close()
    return None


def _connection(number: int, port: int) -> Connection | None:
    held = socket.socket(fileno=os.dup(number))
    try:
        if held.type == socket.SOCK_STREAM and held.family in (socket.AF_INET, socket.AF_INET6):
            mine, peer = held.getsockname(), held.getpeername()
            if mine[1] == port:
                return Connection((number, peer), held)
    except OSError:
        pass  # the listening socket, or one that has just ended
    held.close()
    return None
