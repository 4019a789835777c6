"""The relay: takes events from the outbox to the broker, in order, each at least once. Several may share one outbox."""

import asyncio
import contextlib
import time
from collections.abc import Collection
from typing import Final

import structlog

from flowkit.outbox import row
from flowkit.outbox.batch import Batch
from flowkit.outbox.condition import Condition
from flowkit.outbox.crowd import MOST as KEYS
from flowkit.outbox.crowd import Crowd
from flowkit.outbox.held import HeldBack
from flowkit.outbox.publishing import CHANNEL
from flowkit.outbox.row import Row
from flowkit.outbox.sending import Sending
from flowkit.outbox.standing import Standing
from flowkit.postgres import Listener, PostgresOptions
from flowkit.postgres.connection import Connection

POLL_S: Final = 1.0
"""The net under being told: who was killed between commit and telling has told nobody."""
ROWS: Final = 256
_log = structlog.get_logger("flowkit.outbox")
# A removal that a crash of the database undoes is an event sent twice, which must do no harm anyway.
_FIRST = "SET synchronous_commit = off"


class Relay:
    def __init__(self, options: PostgresOptions, sending: Sending, held: HeldBack | None = None) -> None:
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._listener = Listener(options, CHANNEL, self._woken.set, first=_FIRST)
        self._sending = sending
        self._condition = Condition()
        self._held = HeldBack() if held is None else held
        self._standing = Standing()
        self._crowd = Crowd()

    @property
    def waiting(self) -> int:
        """As it was when last looked at."""
        return self._standing.waiting

    @property
    def oldest(self) -> float:
        """Of what is not held back; growing by itself while nobody can look."""
        return self._standing.oldest

    @property
    def held(self) -> int:
        return len(self._held)

    async def run(self) -> None:
        """Until told to stop, and nothing is left that could be sent."""
        self._standing.begin()
        try:
            while True:
                self._woken.clear()
                # Of a round that had begun before, the last commit may be too late to be seen.
                is_last = self._stopping.is_set()
                if await self._round():
                    continue
                if is_last:
                    return
                await self._rest()
        finally:
            await self._listener.close()

    def stop(self) -> None:
        self._stopping.set()
        self._woken.set()

    async def _rest(self) -> None:
        event, within = (self._woken, POLL_S) if self._condition.is_well else (self._stopping, self._condition.pause)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await event.wait()

    async def _round(self) -> bool:
        """Whether there may be more to send at once."""
        try:
            connection = await self._listener.connection()
            await self._standing.look(connection, self._held.few)
            may_be_more, batch = await self._relay(connection)
        except Exception as fault:  # noqa: BLE001  whatever it is, events are kept, and tried again
            self._listener.hang_up()
            self._condition.ill("the database", fault)
            return False
        self._hold(batch)
        if batch.fault is not None:
            self._condition.ill("the broker", batch.fault)
            return False
        self._condition.well()
        return may_be_more

    async def _relay(self, connection: Connection) -> tuple[bool, Batch]:
        # While nothing gets through, one is tried: nobody else's turn is taken for what will not be sent.
        well = self._condition.is_well
        batch = Batch(lambda each: self._sending.send(each, again=not well))
        async with connection.transaction():  # pyright: ignore[reportUnknownMemberType]  # asyncpg has no types
            taken, passed = await self._take(connection, keys=KEYS if well else 1, rows=ROWS if well else 1)
            await batch.run(taken)
            if batch.stored:
                await row.remove(connection, batch.stored)
        return bool(taken or passed), batch

    async def _take(self, connection: Connection, *, keys: int, rows: int) -> tuple[list[Row], Collection[str]]:
        """And who was passed over: theirs is the next turn."""
        passed = self._crowd.passed if self._condition.is_well else frozenset[str]()
        without, began = [*self._held.keys, *passed], time.monotonic()
        try:
            taken = await row.take(connection, without, keys=keys, rows=rows, floor=self._standing.floor)
        except Exception:
            self._crowd.failed(passed, took=time.monotonic() - began)
            raise
        took = time.monotonic() - began
        self._crowd.saw({each.key for each in taken}, passed, is_full=len(taken) == ROWS, took=took)
        return taken, passed

    def _hold(self, batch: Batch) -> None:
        for stored in batch.stored:
            if self._held.release(stored.key):
                _log.info("an event that was held back is stored", event_id=stored.id, about=stored.event)
        for refused, _ in batch.refused:
            self._held.hold(refused.key)
        if batch.refused:
            _tell(*batch.refused[0], len(batch.refused))
            self._standing.look_soon()
        if batch.refused and self._held.is_full:
            batch.fault = batch.fault or batch.refused[0][1]


def _tell(first: Row, fault: Exception, number: int) -> None:
    _log.error(
        "events are held back, with all later ones of their keys: they cannot be stored as they are",
        count=number,
        event_id=first.id,
        about=first.event,
        fault=str(fault) or type(fault).__name__,
    )
