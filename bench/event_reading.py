"""What every reader of events does, whatever it is made of: keeps a row, and says when it was committed."""

import asyncio
import json
import os
import resource
import signal
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, override

import sqlalchemy as sa
from flowkit import postgres
from flowkit.postgres import PostgresOptions, Store
from flowkit.reactions.done import Marks
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.event_stage import Noted

AT_ONCE: Final = 6
"""What a service of ours acts on at a time, unless told otherwise."""
_KEEP: Final = sa.text("INSERT INTO notes (note) VALUES (:note)")
_KIB_A_MIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Reading(Marks):
    connection: AsyncConnection
    kept: list[Noted] = field(default_factory=list[Noted])

    async def keep(self, event: Noted) -> None:
        await self.connection.execute(_KEEP, {"note": event.id})
        self.kept.append(event)


@dataclass(frozen=True, slots=True)
class Unmarked(Reading):
    """Acts as often as it is told."""

    @override
    async def mark_done(self, consumer: str, event_id: str) -> bool:
        return True


@dataclass(slots=True)
class Seen:
    """When each was told of and when it was committed, and the processor's time from the first to the last."""

    times: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    _cpu_at_first: float = 0.0
    _cpu: float = 0.0

    def done(self, event: Noted) -> None:
        self._cpu = time.process_time()
        if not self.times:
            self._cpu_at_first = self._cpu
        self.times.append((event.told_at, time.time()))

    def write(self, file: Path) -> None:
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        largest = rss / _KIB_A_MIB / (_KIB_A_MIB if sys.platform == "darwin" else 1)
        told = {"times": self.times, "cpu": self._cpu - self._cpu_at_first, "largest_mib": largest}
        file.write_text(json.dumps(told))


@dataclass(frozen=True, slots=True)
class Timed:
    store: Store[Reading]
    seen: Seen

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Reading]:
        async with self.store.transaction() as tx:
            yield tx
        for event in tx.kept:
            self.seen.done(event)


@asynccontextmanager
async def opened() -> AsyncGenerator[Timed]:
    kind = Unmarked if os.environ.get("MARKS") == "no" else Reading
    async with postgres.connect(PostgresOptions(os.environ["DATABASE"]), kind) as store:
        yield Timed(store, Seen())


async def ended(seen: Seen) -> None:
    """Say that this process reads; once it is told to end, say what it has seen."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    ready, told = Path(os.environ["READY"]), Path(os.environ["TOLD"])
    ready.touch()  # noqa: ASYNC240  on a disk of its own, once
    await stop.wait()
    seen.write(told)
