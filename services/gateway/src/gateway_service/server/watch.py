"""Clients that keep a connection and make no use of it are cut off, whatever they are slow at."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import structlog

from gateway_service.server.connection import Connection, Exchanged, Place, connection_at, connections

# Who takes an answer at this pace is slow, but takes it.
SLOWEST_READER: Final = 1024
# Beyond this share of the connections there may be, the longest idle make room.
_CROWDED: Final = 0.9
_log = structlog.get_logger("gateway")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds from a request's first byte to its answer's, and seconds over which a reader's pace is taken."""

    asking: float
    reading: float


@dataclass(slots=True)
class Seen:
    """One connection, and since when it has been at what it is at."""

    exchanged: Exchanged
    changed: float
    asking_since: float | None = None
    owing_since: float | None = None
    taken_then: int = 0

    def look(self, now: float, latest: Exchanged) -> None:
        before, self.exchanged = self.exchanged, latest
        if latest != before:
            self.changed = now
        if latest.taken != before.taken:
            # Whatever came in the same while may have been answered by it.
            self.asking_since = None
        elif latest.heard != before.heard and self.asking_since is None:
            self.asking_since = now
        if not latest.is_owing:
            self.owing_since = None
        elif self.owing_since is None:
            self.owing_since, self.taken_then = now, latest.taken

    def fault(self, now: float, patience: Patience) -> str | None:
        """Why it is to be cut off."""
        if self.owing_since is not None and now - self.owing_since >= patience.reading:
            if self.exchanged.taken - self.taken_then < patience.reading * SLOWEST_READER:
                return "does not read"
            self.owing_since, self.taken_then = now, self.exchanged.taken
        elif self.owing_since is None and self.asking_since is not None and now - self.asking_since >= patience.asking:
            return "does not finish its request"
        return None


@dataclass(slots=True)
class Watch:
    port: int
    patience: Patience
    most: int
    clock: Callable[[], float] = time.monotonic
    _seen: dict[Place, Seen] = field(default_factory=dict[Place, Seen])

    async def run(self) -> None:
        """In a thread, since there may be thousands to look at."""
        every = min(1.0, self.patience.asking / 4)
        while True:
            await asyncio.sleep(every)
            for reason, count in (await asyncio.to_thread(self.round)).items():
                _log.warning("slow clients cut off", reason=reason, count=count)

    def round(self) -> dict[str, int]:
        """How many were cut off, by the reason."""
        cut, seen = dict[str, int](), dict[Place, Seen]()
        for connection in connections(self.port):
            known = self._look(connection)
            if (reason := known.fault(self.clock(), self.patience)) is None:
                seen[connection.place] = known
            else:
                connection.end()
                cut[reason] = cut.get(reason, 0) + 1
        self._seen = seen
        if crowded := self._make_room():
            cut["idle while there is no room"] = crowded
        return cut

    def _look(self, connection: Connection) -> Seen:
        now, latest = self.clock(), connection.exchanged()
        known = self._seen.get(connection.place)
        if known is None or latest.heard < known.exchanged.heard:
            return Seen(latest, now, asking_since=now if latest.heard and not latest.taken else None)
        known.look(now, latest)
        return known

    def _make_room(self) -> int:
        surplus = len(self._seen) - int(self.most * _CROWDED)
        if surplus <= 0:
            return 0
        return sum(
            self._end(place) for place in sorted(self._idle(), key=lambda place: self._seen[place].changed)[:surplus]
        )

    def _idle(self) -> Iterable[Place]:
        return [place for place, seen in self._seen.items() if seen.asking_since is None and seen.owing_since is None]

    def _end(self, place: Place) -> bool:
        connection = connection_at(place, self.port)
        if connection is None:
            return False
        with connection:
            connection.end()
        del self._seen[place]
        return True
