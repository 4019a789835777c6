"""A listening socket of our own: nobody else's port is shared by accident, and no newcomer is lost when it closes."""

import errno
import socket
import sys
from dataclasses import dataclass
from typing import Final

from flowkit.process.ops import CannotListen

BACKLOG: Final = 1024
_UNREAD: Final = 64 * 1024
# IP_MINTTL and IPV6_MINHOPCOUNT, which Python has no names for.
_LEAST_HOPS = {socket.AF_INET: (socket.IPPROTO_IP, 21), socket.AF_INET6: (socket.IPPROTO_IPV6, 73)}


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
        # Each connection's own: left to itself, the kernel keeps megabytes for a client that does not read.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNREAD)
        return cls(opened)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def turn_newcomers_away(self) -> None:
        """Who connects from now on is not heard, tries again, and finds the port closed or its next owner.
        To close at once would reset those who have connected and were not heard yet."""
        if sys.platform == "linux":
            # Nobody's packets come with so many hops to spare; those who are connected keep the old measure.
            self.socket.setsockopt(*_LEAST_HOPS[self.socket.family], 255)
        else:
            # Elsewhere the most that can be asked for: that no more than one waits.
            self.socket.listen(0)

    def close(self) -> None:
        self.socket.close()
