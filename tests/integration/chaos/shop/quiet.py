"""The quiet time: how long until nothing is left that anybody still has to do."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from flowctl.events.readers import every_consumer
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import DEAD_LETTERS
from flowkit.streams import NoSuchConsumer, NoSuchStream, Streams
from flowkit.testing.streams import left_for

from tests.cluster import Running
from tests.integration.records import records

DRAINED_WITHIN_S = 30.0
LOOK_EVERY_S = 0.1
ANNOUNCERS = ("customer", "order", "payment")
EVERY_READER = [each.name for each in every_consumer()]


class NotDrained(AssertionError):
    """Something is still waiting."""


class _Deaf:
    def connected(self, server: str) -> None: ...
    def connect_failed(self, server: str, reason: str) -> None: ...
    def disconnected(self, reason: str) -> None: ...
    def permission_denied(self, what: str) -> None: ...
    def message_failed(self, subject: str, error: Exception) -> None: ...


@dataclass(frozen=True, slots=True)
class Quiet:
    running: Running
    streams: Streams

    @classmethod
    @asynccontextmanager
    async def watching(cls, running: Running) -> AsyncGenerator["Quiet"]:
        bus = NatsBus(NatsOptions(running.nats_url, name="chaos"), _Deaf())
        try:
            yield cls(running, Streams(bus))
        finally:
            await bus.close()

    async def drained(self) -> float:
        """The seconds it took."""
        began = time.monotonic()
        while left := await self._left():
            if time.monotonic() - began > DRAINED_WITHIN_S:
                raise NotDrained(f"after {DRAINED_WITHIN_S:g} s there are still {left}")
            await asyncio.sleep(LOOK_EVERY_S)
        return time.monotonic() - began

    async def dead_letters(self) -> int:
        return (await self.streams.info(DEAD_LETTERS)).messages

    async def _left(self) -> dict[str, int]:
        """In the order in which an event goes its way: what has moved on meanwhile is seen where it has come to."""
        left: dict[str, int] = {}
        for service in ANNOUNCERS:
            left[f"events in {service}'s outbox"] = await self._count(service, "SELECT count(*) FROM outbox")
            left |= zip(EVERY_READER, await asyncio.gather(*map(self._unfinished, EVERY_READER)), strict=True)
        waiting = "SELECT count(*) FROM notifications WHERE status = 'waiting'"
        left["notifications"] = await self._count("notification", waiting)
        return {what: count for what, count in left.items() if count}

    async def _unfinished(self, reader: str) -> int:
        try:
            return await left_for(self.streams, reader)
        except (NoSuchConsumer, NoSuchStream):
            return 1

    async def _count(self, service: str, statement: str) -> int:
        async with records(self.running.database_url(service)) as kept:
            return int(await kept.one(statement))
