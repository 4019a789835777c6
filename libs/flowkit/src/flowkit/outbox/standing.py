"""How an outbox stands, as its relay last saw it. Who cannot see it does not take it for empty."""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from flowkit.outbox import seen
from flowkit.outbox.floor import Floor
from flowkit.postgres.connection import Connection

LOOK_EVERY_S: Final = 5.0


@dataclass(slots=True)
class Standing:
    waiting: int = 0
    _oldest: float | None = None
    _looked_at: float | None = None
    """When that was; until then, since when it should have been looked at."""
    _next_at: float = 0.0
    _floor: Floor = field(default_factory=Floor)
    _seen_over: Connection | None = None

    def begin(self) -> None:
        if self._looked_at is None:
            self._looked_at = time.monotonic()

    @property
    def oldest(self) -> float:
        """Growing by itself, from two looks missed on also where nothing was seen to wait: who knows what waits now."""
        if self._looked_at is None:
            return 0.0
        since = time.monotonic() - self._looked_at
        if self._oldest is None and since < 2 * LOOK_EVERY_S:
            return 0.0
        return (self._oldest or 0.0) + since

    @property
    def floor(self) -> int:
        """Over the connection that was looked over last: no row that waits, or will, has a lower place."""
        return self._floor.place

    def look_soon(self) -> None:
        self._next_at = 0.0

    async def look(self, connection: Connection, without: Collection[str]) -> None:
        """Unless it has been but now. The oldest is of other keys than these."""
        if connection is self._seen_over and time.monotonic() < self._next_at:
            return
        if connection is not self._seen_over:
            self._floor.forget()
        found = await seen.look(connection, without, self._floor.place)
        self._floor.saw(found)
        self._seen_over, self.waiting, self._oldest = connection, found.waiting, found.oldest_s
        self._looked_at = time.monotonic()
        self._next_at = self._looked_at + LOOK_EVERY_S
