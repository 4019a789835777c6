"""One of three servers is parted from the others: it acknowledges nothing, they go on, and in the end all have all."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count

import msgspec
import pytest
from flowkit.bus import BusError
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import EVENTS
from flowkit.streams import Streams
from flowkit.testing.proxy import Proxy

from .grounds import KEEPER, LIT, SOON_S
from .three_servers import ThreeServers, at_last, kept_on, leader, pulled, said, stored, three_servers

BEFORE, MEANWHILE, HIDDEN = range(50), range(50, 150), 1000
"""What is told before, by whoever is on the side of the many, and from where on by whoever is parted with the one."""
READER = f"CONSUMER.INFO.{EVENTS}.{KEEPER}"
JOINED_AGAIN_S = 120.0
"""It took up to 37 s until a server that was cut off, and had been back for as long, was let lead."""
_BREATH_S = 0.1
"""A server that knows it is alone refuses at once."""


@pytest.fixture
async def servers() -> AsyncGenerator[ThreeServers]:
    async with three_servers() as servers:
        yield servers


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Streams]:
    bus = NatsBus(NatsOptions(url, name="streams"))
    try:
        yield Streams(bus)
    finally:
        await bus.close()


class Alone:
    """Whoever is left with the server that is parted, and what it makes of it."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self.tried: list[int] = []
        self.acknowledged: list[int] = []
        self.given: set[bytes] = set()

    async def tells(self) -> None:
        for number in count(HIDDEN):
            self.tried.append(number)
            with suppress(BusError):
                await self.streams.publish(LIT, b"%d" % number, headers={"Nats-Msg-Id": str(number)}, within=1)
                self.acknowledged.append(number)
            await asyncio.sleep(_BREATH_S)

    async def asks(self) -> None:
        while True:
            with suppress(BusError):
                for each in await self.streams.pull(KEEPER, 10, 1.0):
                    self.given.add(each.data)
            await asyncio.sleep(_BREATH_S)


@pytest.mark.chaos
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("led", "parting"),
    [(f"STREAM.INFO.{EVENTS}", Proxy.cut), (f"STREAM.INFO.{EVENTS}", Proxy.part), (READER, Proxy.part)],
    ids=["its stream, with a word to either side", "its stream, silently", "its reader, silently"],
)
async def test_whoever_is_parted_acknowledges_nothing_and_nothing_that_was_is_lost(
    servers: ThreeServers, led: str, parting: Callable[[Proxy], None]
) -> None:
    """Of the server that led one of them, and of those connected to it."""
    async with connected(servers.url) as streams:
        await kept_on(streams)
        for number in BEFORE:
            await stored(streams, number)
        while not (parted := await leader(streams, led)):
            await asyncio.sleep(_BREATH_S)

    async with connected(servers.named(parted).url) as inside, connected(servers.url_without(parted)) as outside:
        alone = Alone(inside)
        for link in servers.links_of(parted):
            parting(link)
        doing = [asyncio.create_task(each) for each in (alone.tells(), alone.asks())]
        for number in MEANWHILE:
            await stored(outside, number)
        given = await pulled(outside, [*BEFORE, *MEANWHILE])
        for each in doing:
            each.cancel()
        await asyncio.gather(*doing, return_exceptions=True)

        assert alone.tried
        assert (alone.acknowledged, alone.given) == ([], set())
        assert given == said([*BEFORE, *MEANWHILE])

        for link in servers.links_of(parted):
            link.restore()
            link.release()
        for number in alone.tried:
            await stored(inside, number)
        await pulled(outside, alone.tried)

        everything = [*BEFORE, *MEANWHILE, *alone.tried]
        for each in servers.members:
            assert await _all_of(outside, each.member, len(everything)) == [b"%d" % number for number in everything]


async def _all_of(streams: Streams, member: str, enough: int) -> list[bytes]:
    """As that server has it, which is made to lead for it; it may lead before it has put in place all it has."""
    await at_last(lambda: _led_by(streams, member), JOINED_AGAIN_S)
    found: list[bytes] = []
    async with asyncio.timeout(JOINED_AGAIN_S):
        while len(found) < enough:
            places = range(1, (await at_last(lambda: streams.info(EVENTS))).last + 1)
            found = [body for place in places if (body := await _read(streams, place)) is not None]
    return found


async def _led_by(streams: Streams, member: str) -> None:
    while await leader(streams) != member:
        preferred = msgspec.json.encode({"placement": {"preferred": member}})
        await streams.bus.request(f"$JS.API.STREAM.LEADER.STEPDOWN.{EVENTS}", preferred, within=SOON_S)
        await asyncio.sleep(_BREATH_S)


async def _read(streams: Streams, place: int) -> bytes | None:
    asked = msgspec.json.encode({"seq": place})
    told = await at_last(lambda: streams.bus.request(f"$JS.API.STREAM.MSG.GET.{EVENTS}", asked, within=SOON_S))
    answer = msgspec.json.decode(told.data)
    return base64.b64decode(answer["message"]["data"]) if "message" in answer else None
