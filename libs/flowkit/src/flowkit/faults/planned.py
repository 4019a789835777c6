"""A fault as somebody planned it: what goes wrong, on which subjects, how often, until when."""

import time
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from flowkit.bus import subject as subjects

MOST_S = 24 * 3600
LONGEST_LATENCY_MS = 60_000
Planted = Literal["INTERNAL_ERROR", "BAD_GATEWAY", "SERVICE_UNAVAILABLE", "TIMEOUT", "TOO_MANY_REQUESTS"]
Effect = Literal["latency", "error", "drop"]


class Unfit(ValueError):
    """Not a fault that can be planned."""


class PlannedFault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What there is of latency comes first; the flow of a dropped reply has run."""

    subject: Annotated[str, Meta(min_length=1, max_length=256)]
    until: float
    latency_ms: Annotated[int, Meta(ge=0, le=LONGEST_LATENCY_MS)] = 0
    error: Planted | None = None
    drop: bool = False
    probability: Annotated[float, Meta(gt=0, le=1)] = 1.0

    @property
    def effects(self) -> Iterator[Effect]:
        if self.latency_ms:
            yield "latency"
        if self.error is not None:
            yield "error"
        if self.drop:
            yield "drop"

    @property
    def is_over(self) -> bool:
        return time.time() >= self.until

    def strikes(self, subject: str) -> bool:
        return not self.is_over and subjects.matches(self.subject, subject)

    def encoded(self) -> bytes:
        return msgspec.json.encode(self)

    def check(self) -> None:
        """Raises Unfit; what was made here has not been through decoding."""
        try:
            subjects.refuse_unless_pattern(self.subject)
        except ValueError as fault:
            raise Unfit(str(fault)) from None
        if not any(self.effects):
            raise Unfit("a fault has latency, an error or a dropped reply")
        if self.error is not None and self.drop:
            raise Unfit("a reply that is dropped tells no error")
        if self.until > time.time() + MOST_S:
            raise Unfit(f"a fault lasts {MOST_S // 3600} hours at most")


def decoded(data: bytes) -> PlannedFault:
    """Raises Unfit."""
    try:
        fault = msgspec.json.decode(data, type=PlannedFault)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as unreadable:
        raise Unfit(str(unreadable)) from None
    fault.check()
    return fault
