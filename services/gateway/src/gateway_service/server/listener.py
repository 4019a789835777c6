"""A listening socket of our own: nobody else's port is shared by accident, and no newcomer is lost when it closes."""

import ctypes
import errno
import socket
import struct
import sys
from dataclasses import dataclass
from typing import Final

BACKLOG: Final = 1024
_SO_ATTACH_FILTER = 26
# Classic BPF over a TCP segment: load the flags; of SYN and ACK, is SYN alone set? Then drop it, else take it.
_DROP_SYN = ((0x30, 0, 0, 13), (0x54, 0, 0, 0x12), (0x15, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))


class CannotListen(Exception):
    """Nobody can be served at this address."""


@dataclass(frozen=True, slots=True)
class Listener:
    socket: socket.socket

    @classmethod
    def open(cls, host: str, port: int) -> "Listener":
        """Alone at its port: the HTTP server by itself would share it silently (SO_REUSEPORT)."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            opened = socket.create_server((host, port), family=family, backlog=BACKLOG)
        except OSError as fault:
            why = "another program listens there" if fault.errno == errno.EADDRINUSE else fault.strerror
            raise CannotListen(f"HOST and PORT: cannot listen at {host}:{port}: {why}") from fault
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(opened)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def turn_newcomers_away(self) -> None:
        """Who connects from now on hears nothing, and on the next try finds the port closed or its next owner.
        To close at once would reset those who have connected and were not heard yet."""
        if sys.platform != "linux":
            return
        program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in _DROP_SYN))
        described = struct.pack("@HP", len(_DROP_SYN), ctypes.addressof(program))
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, described)

    def close(self) -> None:
        self.socket.close()
