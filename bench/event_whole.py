"""From a transaction to another's commit: ours through the outbox, the peer's told after its commit."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Self
from uuid import uuid4

import msgspec
from faststream.nats import NatsBroker
from flowkit.contract import EVENTS
from flowkit.wire import headers

from bench.event_sides import FASTSTREAM, FLOWKIT, Read, Side, reading
from bench.event_stage import Noted, Stage, noted

WRITERS: Final = 20


async def afresh(stage: Stage) -> None:
    await stage.new_stream()
    await stage.empty()


async def fill(stage: Stage, number: int) -> None:
    """As relays tell it."""
    left = iter(range(number))

    async def tell() -> None:
        for n in left:
            body, id_ = Noted(id=str(n), told_at=time.time()), str(uuid4())
            told = {
                headers.EVENT: noted.name,
                headers.EVENT_VERSION: str(noted.version),
                headers.EVENT_ID: id_,
                headers.MESSAGE_ID: id_,
                headers.EVENT_KEY: body.id,
            }
            data = msgspec.json.encode(body)
            await stage.streams.publish(noted.subject_of(body), data, headers=told, within=30)

    await asyncio.gather(*(tell() for _ in range(50)))


type Tell = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Whole:
    """A way from a transaction to another's commit."""

    side: Side
    tell: Tell

    @classmethod
    def ours(cls, stage: Stage) -> Self:
        async def tell(n: int) -> None:
            told = Noted(id=str(n), told_at=time.time())
            async with stage.store.transaction() as tx:
                await tx.keep()
                await tx.publish(noted, told)

        return cls(FLOWKIT, tell)

    @classmethod
    def peers(cls, stage: Stage, broker: NatsBroker) -> Self:
        """Told after the commit: what dies in between is lost."""

        async def tell(n: int) -> None:
            told = Noted(id=str(n), told_at=time.time())
            async with stage.store.transaction() as tx:
                await tx.keep()
            id_ = {headers.MESSAGE_ID: str(uuid4())}
            await broker.publish(msgspec.to_builtins(told), noted.subject_of(told), stream=EVENTS, headers=id_)

        return cls(FASTSTREAM, tell)

    async def as_fast_as_it_goes(self, stage: Stage, seconds: float) -> Read:
        numbers, until = itertools.count(), time.monotonic() + seconds

        async def write() -> int:
            written = 0
            while time.monotonic() < until:
                await self.tell(next(numbers))
                written += 1
            return written

        await afresh(stage)
        async with reading(stage, self.side) as reader:
            until = time.monotonic() + seconds
            await reader.until(sum(await asyncio.gather(*(write() for _ in range(WRITERS)))))
        return reader.read

    async def at(self, stage: Stage, per_second: float, seconds: float) -> Read:
        """Each told when it is due, however those before it fare."""
        await afresh(stage)
        number = round(per_second * seconds)
        async with reading(stage, self.side) as reader, asyncio.TaskGroup() as group:
            began = time.monotonic()
            for n in range(number):
                await asyncio.sleep(max(0.0, began + n / per_second - time.monotonic()))
                group.create_task(self._told(n))
            await reader.until(number)
        return reader.read

    async def _told(self, n: int) -> None:
        await self.tell(n)
