"""From where on an outbox is looked at. As long as any snapshot is open that sees what went through since (a dump, a
transaction somebody forgot), it stays in the way, and whoever looks from the beginning walks past all of it."""

import time
from dataclasses import dataclass
from typing import Final

from flowkit.outbox.seen import Seen

NUMBERED_S: Final = 5.0
"""Whoever draws a place has its transaction's number by then: nothing is waited for in between, and statements end."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    place: int
    at: float
    younger: int = 0
    """A transaction younger than all that had drawn a place up to this one."""


@dataclass(slots=True)
class Floor:
    """Below it nothing waits, and nothing can come to: no transaction that has drawn such a place is open any more."""

    place: int = 0
    _drawn: _Drawn | None = None

    def saw(self, seen: Seen) -> None:
        now = time.monotonic()
        if seen.drawn < self.place - 1 or (seen.waiting > 0 and seen.oldest is None):
            # Somebody has put rows back, or counts anew.
            self.forget()
        drawn = self._drawn
        if drawn is None:
            self._drawn = _Drawn(seen.drawn, now)
        elif not drawn.younger:
            self._drawn = _Drawn(drawn.place, drawn.at, seen.transaction if now - drawn.at >= NUMBERED_S else 0)
        elif seen.all_over_before >= drawn.younger:
            self.place = drawn.place + 1 if seen.oldest is None else min(drawn.place + 1, seen.oldest)
            self._drawn = _Drawn(seen.drawn, now)

    def forget(self) -> None:
        """With each connection: a crash of the database can bring back what had been removed."""
        self.place, self._drawn = 0, None
