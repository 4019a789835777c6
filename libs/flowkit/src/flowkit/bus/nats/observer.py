"""What can be told of a connection, and a log of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from flowkit.bus.nats.reason import REFUSED


class Observer(Protocol):
    """Called on the event loop; must return at once. What it raises is logged and goes no further."""

    def connected(self, server: str) -> None: ...

    def connect_failed(self, server: str, reason: str) -> None: ...

    def disconnected(self, reason: str) -> None: ...

    def permission_denied(self, what: str) -> None: ...

    def message_failed(self, subject: str, error: Exception) -> None:
        """A message could not be read, or its handler raised."""
        ...


class LogObserver:
    """One line for each change; a server that stays away is told of once."""

    def __init__(self, name: str = "") -> None:
        self._log: Any = structlog.get_logger().bind(connection=name)
        self._last_failure = ""

    def connected(self, server: str) -> None:
        self._last_failure = ""
        self._log.info("nats connected", server=server)

    def connect_failed(self, server: str, reason: str) -> None:
        if reason != self._last_failure:
            self._log.warning("nats away", server=server, reason=reason)
        self._last_failure = reason

    def disconnected(self, reason: str) -> None:
        self._log.warning("nats disconnected", reason=reason)

    def permission_denied(self, what: str) -> None:
        self._log.error("nats permission denied", what=what)

    def message_failed(self, subject: str, error: Exception) -> None:
        self._log.error("nats message failed", subject=subject, exc_info=error)


@dataclass(slots=True)
class Record:
    """Counts what happened, then tells the observer, whose faults cannot reach the connection."""

    observer: Observer
    connects: int = field(default=0, init=False)
    refused_since: float | None = field(default=None, init=False)
    on_connect: list[Callable[[], None]] = field(default_factory=list["Callable[[], None]"], init=False)
    permission_violations: int = field(default=0, init=False)
    message_failures: int = field(default=0, init=False)

    def connected(self, server: str) -> None:
        self.connects += 1
        self.refused_since = None
        _guarded(self.observer.connected, server)
        for told in self.on_connect:
            _guarded(told)

    def connect_failed(self, server: str, reason: str) -> None:
        if reason == REFUSED and self.refused_since is None:
            self.refused_since = time.monotonic()
        _guarded(self.observer.connect_failed, server, reason)

    def disconnected(self, reason: str) -> None:
        _guarded(self.observer.disconnected, reason)

    def permission_denied(self, what: str) -> None:
        self.permission_violations += 1
        _guarded(self.observer.permission_denied, what)

    def message_failed(self, subject: str, error: Exception) -> None:
        self.message_failures += 1
        _guarded(self.observer.message_failed, subject, error)


def _guarded(tell: Callable[..., None], *args: object) -> None:
    try:
        tell(*args)
    except Exception as error:  # noqa: BLE001  an observer's fault must not end the connection it observes
        structlog.get_logger().error("nats observer failed", exc_info=error)
