"""The streams and their consumers, kept as they are declared, with room in them, for as long as a process lives."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from flowkit.bus import BusError
from flowkit.chores import alongside
from flowkit.process.kept_room import KeptRoom
from flowkit.process.presence import Connection
from flowkit.streams.keeping import Keeping

EVERY_S = 30.0
_SOONER_S = 1.0
_log = structlog.get_logger("flowkit.streams")


@dataclass(slots=True)
class KeptStreams:
    """What was found when they were last looked at."""

    keeping: Keeping
    room: KeptRoom
    conflicts: frozenset[str] = frozenset()
    is_known: bool = field(default=False, init=False)
    """Whether the server could be asked the last time."""
    _away: str = field(default="", init=False)

    async def look(self) -> None:
        try:
            found = frozenset(map(str, await self.keeping.keep()))
        except BusError as fault:
            self._tell_away(str(fault) or type(fault).__name__)
            return
        self.is_known, self._away = True, ""
        for conflict in sorted(found - self.conflicts):
            _log.error("stream differs from what is declared", conflict=conflict)
        self.conflicts = found

    def _tell_away(self, reason: str) -> None:
        """Once, not each time."""
        if reason != self._away:
            _log.warning("streams could not be looked at", reason=reason)
        self.is_known, self._away = False, reason


@asynccontextmanager
async def kept_streams(
    connection: Connection, keeping: Keeping, room: KeptRoom, every: float = EVERY_S
) -> AsyncGenerator[KeptStreams]:
    """Looked at now, whenever the connection has been made anew, and every so often; never waited for."""
    kept, connected = KeptStreams(keeping, room), asyncio.Event()
    connection.on_connect(connected.set)
    async with alongside("keeping the streams", lambda: _look_for_ever(kept, connected, every)):
        yield kept


async def _look_for_ever(kept: KeptStreams, connected: asyncio.Event, every: float) -> None:
    due = 0.0
    while True:
        if connected.is_set() or time.monotonic() >= due:
            connected.clear()
            await kept.look()
            due = time.monotonic() + (every if kept.is_known else min(every, _SOONER_S))
        if kept.is_known:
            # After it and never beside it: a reader that is just being made counts from its making on.
            await kept.room.look()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(kept.room.every, due - time.monotonic())):
                await connected.wait()
