"""What can go wrong with a server."""

from pathlib import Path

TAIL = 2000


class ServerNotStarted(Exception):
    """The server ended, or was not ready in time."""

    def __init__(self, server: str, reason: str, log: Path) -> None:
        tail = log.read_text(errors="replace")[-TAIL:].strip() if log.exists() else ""
        super().__init__(f"{server} {reason}; the end of {log}:\n{tail}")


class PortTaken(ServerNotStarted):
    """Another process listens on the server's port."""
