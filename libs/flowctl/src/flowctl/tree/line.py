"""A service's log line, as far as a tree needs it."""

from typing import Final

import msgspec
from msgspec import Struct

FLOW: Final = "flow"
REQUEST: Final = "request"
CALL_FAILED: Final = "call failed"


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


class Line(Struct, frozen=True):
    event: str
    level: str = "info"
    service: str = ""
    trace_id: str | None = None
    parent_span_id: str | None = None
    flow: str | None = None
    method: str | None = None
    route: str | None = None
    path: str | None = None
    status: int | None = None
    error_code: str | None = None
    duration_ms: float = 0.0
    caller: str | None = None
    steps: tuple[Step, ...] = ()
    calls: tuple[CallMade, ...] = ()

    @property
    def is_a_branch(self) -> bool:
        """What a tree tells, so that nobody need be told of it apart."""
        return self.event in (FLOW, REQUEST, CALL_FAILED)

    @property
    def is_alarming(self) -> bool:
        return self.level in ("warning", "error", "critical")


_decoder = msgspec.json.Decoder(Line)


def read(line: bytes) -> Line | None:
    """None where it is not one of ours."""
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
