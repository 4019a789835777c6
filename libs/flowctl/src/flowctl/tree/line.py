"""A service's log line, as far as a tree needs it."""

from typing import Final

import msgspec
from flowkit.wire import moments
from msgspec import Struct

FLOW: Final = "flow"
REQUEST: Final = "request"
CALL_FAILED: Final = "call failed"
EVENT: Final = "event"
NOTIFICATION: Final = "notification"
AGAIN: Final = "again"
_SERVERS_FAULT: Final = 500
_WELL: Final = ("done", "duplicate", "sent")


class Step(Struct, frozen=True):
    step: str
    at_ms: float
    ms: float | None = None


class CallMade(Struct, frozen=True):
    """`span_id` is what the callee's own line has as its parent."""

    flow: str
    span_id: str
    at_ms: float
    ms: float
    error_code: str | None = None


class Announced(Struct, frozen=True):
    """`event_id` is in the line of whoever acts on it."""

    event: str
    event_id: str
    at_ms: float


class Line(Struct, frozen=True):
    event: str
    level: str = "info"
    timestamp: str = ""
    service: str = ""
    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    event_id: str | None = None
    flow: str | None = None
    method: str | None = None
    route: str | None = None
    path: str | None = None
    status: int | None = None
    error_code: str | None = None
    outcome: str | None = None
    reason: str | None = None
    attempt: int = 1
    again_in_ms: float | None = None
    cut_off: bool = False
    """Its process died, and another one tells it."""
    age_ms: float | None = None
    duration_ms: float = 0.0
    caller: str | None = None
    steps: tuple[Step, ...] = ()
    calls: tuple[CallMade, ...] = ()
    announced: tuple[Announced, ...] = ()

    @property
    def is_a_branch(self) -> bool:
        """What a tree tells, so that nobody need be told of it apart."""
        return self.event in (FLOW, REQUEST, CALL_FAILED) or self.follows

    @property
    def follows(self) -> bool:
        """Nobody waited for it: it came of something that was over."""
        return self.event in (EVENT, NOTIFICATION) and self.outcome is not None

    @property
    def hangs_on(self) -> str | None:
        """What the line that caused it names: an event's id, or a span's."""
        return self.event_id if self.event == EVENT else self.parent_span_id

    @property
    def is_alarming(self) -> bool:
        return self.level in ("warning", "error", "critical")

    @property
    def has_failed(self) -> bool:
        """By no fault of whoever asked."""
        if self.outcome is not None:
            return self.outcome not in _WELL
        return (self.status or _SERVERS_FAULT) >= _SERVERS_FAULT

    @property
    def is_final(self) -> bool:
        return self.outcome != AGAIN

    def began_after(self, other: "Line") -> float | None:
        """How many milliseconds, where both say when; each line is written at its end."""
        mine, others = moments.read(self.timestamp), moments.read(other.timestamp)
        if mine is None or others is None:
            return None
        return (mine - others).total_seconds() * 1000 - self.duration_ms + other.duration_ms


_decoder = msgspec.json.Decoder(Line)


def read(line: bytes) -> Line | None:
    """None where it is not one of ours."""
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
