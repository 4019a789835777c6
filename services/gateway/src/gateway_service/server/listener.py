"""A listening socket of our own: nobody else's port is shared by accident, and no newcomer is lost when it closes."""

import errno
import socket
from dataclasses import dataclass
from typing import Final

BACKLOG: Final = 1024


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
        """Who connects from now on is not heard, tries again, and finds the port closed or its next owner.
        To close at once would reset those who have connected and were not accepted yet."""
        self.socket.listen(0)

    def close(self) -> None:
        self.socket.close()
