"""Streams in memory and on a real server under one set of handles, and what happens in them."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from flowkit.bus import Bus
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import DEAD_LETTERS, EVENTS, Event, Fact, Participant
from flowkit.servers import NatsServer
from flowkit.streams import Pulled, Stored, Streams
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.testing.memory_bus import MemoryBroker
from flowkit.testing.memory_streams import Clock
from flowkit.testing.streams import left_for, remove


class LampLit(Fact):
    lamp: str


lit = Event("lamp.lit", LampLit, key=lambda body: body.lamp)
broken = Event("lamp.broken", LampLit, key=lambda body: body.lamp, ordered=True)
PARTICIPANTS = (
    Participant("lamps", announces=(lit, broken)),
    Participant("keeper", reacts_to=(lit, broken)),
    Participant("diary", reacts_to=(lit,)),
)
KEEPER = "keeper-lamp-lit-v1"
DIARY = "diary-lamp-lit-v1"
IN_ORDER = "keeper-lamp-broken-v1-3"
LIT = f"{lit.subject}.0"
BROKEN = f"{broken.subject}.3"
SOON_S = 20.0
"""Far longer than anything here takes, so that nothing fails but what hangs."""


class Grounds(Protocol):
    """A server, clients of it, and time that passes."""

    async def connect(self) -> Bus: ...
    async def pass_time(self, seconds: float) -> None: ...


class MemoryGrounds:
    def __init__(self) -> None:
        self.clock = Clock()
        self.broker = MemoryBroker(clock=self.clock)

    async def connect(self) -> Bus:
        return self.broker.connect()

    async def pass_time(self, seconds: float) -> None:
        self.clock.move(seconds)


@dataclass(frozen=True, slots=True)
class NatsGrounds:
    server: NatsServer
    stack: AsyncExitStack

    async def connect(self) -> NatsBus:
        bus = NatsBus(NatsOptions(self.server.url, name="streams"))
        self.stack.push_async_callback(bus.close)
        await bus.flush(within=SOON_S)
        return bus

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def clear(self) -> None:
        await remove(await self.connect(), EVENTS, DEAD_LETTERS)


@dataclass(slots=True)
class Teller:
    """Whoever publishes, and what became of it."""

    streams: Streams
    _ids: "count[int]" = field(default_factory=count)

    async def tell(self, body: bytes, subject: str = LIT, id_: str = "") -> Stored:
        headers = {"Nats-Msg-Id": id_ or f"own-{next(self._ids)}", "note": body.decode()}
        return await self.streams.publish(subject, body, headers=headers, within=SOON_S)


async def declare(bus: Bus, options: StreamOptions | None = None) -> None:
    assert await Keeping(bus, Declared.of(PARTICIPANTS, options or StreamOptions())).keep() == ()


async def pulled_until(streams: Streams, consumer: str, enough: Callable[[list[Pulled]], bool]) -> list[Pulled]:
    """All that was handed out, each done with, until there is enough of it."""
    taken: list[Pulled] = []
    async with asyncio.timeout(SOON_S):
        while not enough(taken):
            for each in await streams.pull(consumer, 1, 0.5):
                taken.append(each)
                await streams.done(each)
    return taken


async def until_left(streams: Streams, count: int) -> None:
    """A consumer knows of what was told a moment ago, and of what was removed, only some time later."""
    async with asyncio.timeout(SOON_S):
        while await left_for(streams, KEEPER) != count:
            await asyncio.sleep(0.01)


def bodies(taken: list[Pulled]) -> list[bytes]:
    return [each.data for each in taken]
