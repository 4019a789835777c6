"""What was asked for, one operation after the other, and what those who asked were told."""

import time
from collections import Counter
from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field as kept
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

import msgspec
from msgspec import Struct, field

Fate = Literal["acknowledged", "unknown", "refused", "failed"]
Kind = Literal["registration", "order", "taken email", "bad order", "forged token"]

REGISTRATIONS: Final[tuple[Kind, ...]] = ("registration", "taken email")
MADE: Final = 201
# The gateway says so where it knows that nothing has run, and only there.
NEVER_RAN: Final = 503
TELLS_NOTHING: Final = (502, 504)
UNSENT: Final = -1
"""No connection came about."""
CUT_OFF: Final = 0
"""It was sent, and the answer never came."""
REFUSALS: Final[dict[Kind, int]] = {"taken email": 409, "bad order": 400, "forged token": 401}


class Attempt(Struct, frozen=True):
    began: float
    ended: float
    status: int
    said: str = ""


class Struck(Struct, frozen=True):
    at: float
    how: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.at:.3f} {self.how} {' and '.join(self.parts)}"


class Operation(Struct, kw_only=True):
    """`mark` is what it leaves behind and nothing else does: an email, or a product that was never ordered before."""

    kind: Kind
    mark: str
    key: str = field(default_factory=lambda: str(uuid4()))
    trace_id: str = field(default_factory=lambda: uuid4().hex)
    span_id: str = field(default_factory=lambda: uuid4().hex[:16])
    customer_id: str = ""
    id: str = ""
    attempts: list[Attempt] = field(default_factory=list[Attempt])

    @property
    def fate(self) -> Fate:
        told = [attempt.status for attempt in self.attempts]
        if MADE in told:
            return "acknowledged"
        if not told or any(each in (*TELLS_NOTHING, CUT_OFF) for each in told):
            return "unknown"
        return "failed" if told[-1] in (NEVER_RAN, UNSENT) else "refused"

    @property
    def is_odd(self) -> bool:
        """It was told what nothing excuses."""
        allowed = {NEVER_RAN, UNSENT, CUT_OFF, *TELLS_NOTHING, REFUSALS.get(self.kind, MADE)}
        return any(attempt.status not in allowed for attempt in self.attempts)

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.key, "traceparent": f"00-{self.trace_id}-{self.span_id}-01"}

    def was_cut_by(self, kill: Struck, over_at: float) -> bool:
        """Whether its chain, which was over at that moment, was not when somebody was killed."""
        return self.attempts[0].began < kill.at < max(self.attempts[-1].ended, over_at)

    def was_pending_at(self, moment: float) -> bool:
        return any(attempt.began < moment < attempt.ended for attempt in self.attempts)


@dataclass(slots=True)
class History:
    """Every operation, also those that are under way; and each strike, with its moment."""

    operations: list[Operation] = kept(default_factory=list[Operation])
    strikes: list[Struck] = kept(default_factory=list[Struck])
    file: Path | None = None
    pending: list[Operation] = kept(default_factory=list[Operation])
    """Those that are being asked for at this moment."""

    @contextmanager
    def asking(self, operation: Operation) -> Generator[None]:
        self.pending.append(operation)
        try:
            yield
        finally:
            self.pending.remove(operation)

    def begin(self, operation: Operation) -> Operation:
        self.operations.append(operation)
        return operation

    def strike(self, how: str, parts: tuple[str, ...]) -> None:
        self.strikes.append(Struck(time.time(), how, parts))

    def made_since(self, place: int, kinds: Collection[Kind]) -> bool:
        """Whether of the operations from that one on some of each kind are acknowledged."""
        fresh = self.operations[place:]
        return {each.kind for each in fresh if each.fate == "acknowledged"}.issuperset(kinds)

    def made(self, kind: Kind) -> int:
        return sum(each.kind == kind and each.fate == "acknowledged" for each in self.operations)

    def fates(self) -> Counter[Fate]:
        return Counter(each.fate for each in self.operations)

    def write(self) -> None:
        lines = [*self.strikes, *self.operations]
        if self.file is not None:
            self.file.write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
