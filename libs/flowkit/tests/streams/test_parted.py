"""One of three servers is parted from the others: it acknowledges nothing, they go on, and nothing is lost."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

import msgspec
import pytest
from flowkit.bus import BusError
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import EVENTS
from flowkit.streams import Streams
from flowkit.testing.proxy import Proxy

from .grounds import KEEPER, LIT, SOON_S
from .three_servers import PATIENCE_S, ThreeServers, at_last, kept_on, leader, pulled, said, stored

BEFORE = range(50)
MEANWHILE = range(50, 150)
"""Told by whoever is with the two others."""
ALONE_FROM = 1000
"""The first number told by whoever is left with the one."""

STREAM = f"STREAM.INFO.{EVENTS}"
READER = f"CONSUMER.INFO.{EVENTS}.{KEEPER}"


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Streams]:
    bus = NatsBus(NatsOptions(url, name="streams"))
    try:
        await bus.flush(within=SOON_S)
        yield Streams(bus)
    finally:
        await bus.close()


@dataclass(slots=True)
class Alone:
    """Whoever is left with the one server, and what comes of it."""

    streams: Streams
    tried: list[int] = field(default_factory=list[int])
    acknowledged: list[int] = field(default_factory=list[int])
    asked: int = 0
    given: set[bytes] = field(default_factory=set[bytes])

    @asynccontextmanager
    async def goes_on(self) -> AsyncGenerator[None]:
        async with asyncio.TaskGroup() as group:
            doing = [group.create_task(each) for each in (self._tells(), self._asks())]
            yield
            for each in doing:
                each.cancel()

    async def _tells(self) -> None:
        for number in count(ALONE_FROM):
            self.tried.append(number)
            with suppress(BusError):
                await self.streams.publish(LIT, b"%d" % number, headers={"Nats-Msg-Id": str(number)}, within=1)
                self.acknowledged.append(number)
            await asyncio.sleep(0.1)  # a server that knows it is alone refuses at once

    async def _asks(self) -> None:
        while True:
            self.asked += 1
            with suppress(BusError):
                self.given |= {each.data for each in await self.streams.pull(KEEPER, 10, 1.0)}
            await asyncio.sleep(0.1)


@pytest.mark.chaos
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("led", "how"),
    [(STREAM, Proxy.cut), (STREAM, Proxy.part), (READER, Proxy.part)],
    ids=["its stream, with a word to either side", "its stream, silently", "its reader, silently"],
)
async def test_whoever_is_parted_acknowledges_nothing_and_nothing_that_was_is_lost(
    servers: ThreeServers, led: str, how: Callable[[Proxy], None]
) -> None:
    """The server that led is parted, and with it whoever is connected to it."""
    parted = await _leading_what_is_told(servers, led)

    async with connected(servers.named(parted).url) as inside, connected(servers.url_without(parted)) as outside:
        alone = Alone(inside)
        servers.part(parted, how)
        async with alone.goes_on():
            for number in MEANWHILE:
                await stored(outside, number)
            given = await pulled(outside, [*BEFORE, *MEANWHILE])

        assert given == said([*BEFORE, *MEANWHILE])
        assert (len(alone.tried) > 1, alone.acknowledged, alone.asked > 0, alone.given) == (True, [], True, set())

        servers.join(parted)
        for number in alone.tried:
            await stored(inside, number)
        await pulled(outside, alone.tried)

        everything = [b"%d" % number for number in (*BEFORE, *MEANWHILE, *alone.tried)]
        assert await _all_of(outside, len(everything)) == everything


async def _leading_what_is_told(servers: ThreeServers, led: str) -> str:
    async with connected(servers.url) as streams:
        await kept_on(streams)
        for number in BEFORE:
            await stored(streams, number)
        while not (leading := await at_last(lambda: leader(streams, led))):
            await asyncio.sleep(0.1)
    return leading


async def _all_of(streams: Streams, enough: int) -> list[bytes]:
    """As whoever leads has it, who may lead before it has put in place all it has."""
    found: list[bytes] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < enough:
            places = range(1, (await at_last(lambda: streams.info(EVENTS))).last + 1)
            found = [body for place in places if (body := await _read(streams, place)) is not None]
    return found


async def _read(streams: Streams, place: int) -> bytes | None:
    asked = msgspec.json.encode({"seq": place})
    told = await at_last(lambda: streams.bus.request(f"$JS.API.STREAM.MSG.GET.{EVENTS}", asked, within=2))
    answer = msgspec.json.decode(told.data)
    return base64.b64decode(answer["message"]["data"]) if "message" in answer else None
