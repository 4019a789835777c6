"""The account of what is sent to a collector: a bounded line, and no silence about what is lost."""

import logging
import time
from collections.abc import Callable
from threading import RLock, local
from typing import Any, Final

import structlog

from flowkit.telemetry.instruments import SignalMetrics
from flowkit.telemetry.options import Destination

_TELL_EVERY_S: Final = 60.0


class Account:
    """What waits, what was sent, what was lost, for one signal."""

    def __init__(self, destination: Destination, metrics: SignalMetrics, reasons: "Reasons") -> None:
        self._destination = destination
        self._metrics = metrics
        self._reasons = reasons
        self._lock = RLock()
        self._waiting = 0
        self._closed = False
        self._told_at = -_TELL_EVERY_S
        self._lost = 0
        self._log: Any = structlog.get_logger("flowkit.telemetry")

    def admit(self) -> bool:
        """Whether there is room for one more; one that is turned away is counted."""
        with self._lock:
            if self._waiting < self._destination.queue and not self._closed:
                self._waiting += 1
                return True
        self._metrics.dropped.inc()
        return False

    def send(self, count: int, export: Callable[[], bool]) -> bool:
        """Export a batch that was admitted."""
        if self._closed:
            return False
        sent = self._attempt(export)
        with self._lock:
            if self._closed:
                return sent  # given up on while it was under way, and counted then
            self._waiting -= count
        (self._metrics.sent if sent else self._metrics.dropped).inc(count)
        if not sent:
            self._metrics.failures.inc()
            self._tell(count)
        return sent

    def close(self) -> None:
        """Give up on what still waits."""
        with self._lock:
            left, self._waiting, self._closed = self._waiting, 0, True
        if left:
            self._metrics.dropped.inc(left)
            self._tell(left)

    def _attempt(self, export: Callable[[], bool]) -> bool:
        self._reasons.forget()
        try:
            return export()
        except Exception as fault:  # noqa: BLE001 - a faulty exporter must not end the thread that serves it
            self._reasons.note(repr(fault))
            return False

    def _tell(self, count: int) -> None:
        self._lost += count
        now = time.monotonic()
        if now - self._told_at < _TELL_EVERY_S:
            return
        what, where = self._destination.signal, self._destination.endpoint
        self._log.warning("telemetry not sent", signal=what, endpoint=where, lost=self._lost, reason=self._reasons.last)
        self._told_at, self._lost = now, 0


class Reasons(logging.Handler):
    """Takes the place of the exporters' own log, a line for each batch, and keeps why the last one failed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._logger = logging.getLogger("opentelemetry.exporter")
        self._said = local()

    @property
    def last(self) -> str | None:
        return getattr(self._said, "reason", None)

    def forget(self) -> None:
        self._said.reason = None

    def note(self, reason: str) -> None:
        self._said.reason = self.last or reason[:500]

    def emit(self, record: logging.LogRecord) -> None:
        self.note(record.getMessage())

    def begin(self) -> None:
        self._logger.addHandler(self)
        self._logger.propagate = False

    def end(self) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = not self._logger.handlers
