"""Stored on three servers: the loss of one loses nothing, and the two that are left go on."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

import msgspec
import pytest
from flowkit.bus import BusError
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import EVENTS
from flowkit.streams import Streams
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping

from .grounds import KEEPER, LIT, PARTICIPANTS
from .three_servers import ThreeServers, three_servers

PATIENCE_S = 40.0


@pytest.fixture
async def servers() -> AsyncGenerator[ThreeServers]:
    async with three_servers() as servers:
        yield servers


@pytest.fixture
async def streams(servers: ThreeServers) -> AsyncGenerator[Streams]:
    bus = NatsBus(NatsOptions(servers.url, name="streams"))
    keeping = Keeping(bus, Declared.of(PARTICIPANTS, StreamOptions(replicas=3, ack_wait_s=2)))
    async with asyncio.timeout(PATIENCE_S):
        while not await _is_kept(keeping):
            await asyncio.sleep(0.2)
    yield Streams(bus)
    await bus.close()


async def _is_kept(keeping: Keeping) -> bool:
    try:
        return await keeping.keep() == ()
    except BusError:
        return False


async def leader(streams: Streams) -> str:
    told = await streams.bus.request(f"$JS.API.STREAM.INFO.{EVENTS}", b"", within=5)
    return msgspec.json.decode(told.data)["cluster"]["leader"]


async def stored(streams: Streams, number: int) -> None:
    """Told again and again under its own id, as an outbox does."""
    headers = {"Nats-Msg-Id": str(number)}
    await at_last(lambda: streams.publish(LIT, str(number).encode(), headers=headers, within=2))


async def at_last[Got](asking: Callable[[], Awaitable[Got]]) -> Got:
    """While the servers elect another leader, what is asked is not answered, or refused."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await asking()
            except BusError:
                await asyncio.sleep(0.1)


@pytest.mark.timeout(180)
async def test_what_was_acknowledged_outlives_the_server_that_led(servers: ThreeServers, streams: Streams) -> None:
    telling = asyncio.create_task(_told(streams, range(300)))
    while (await streams.info(EVENTS)).messages < 50:
        await asyncio.sleep(0.01)
    servers.named(await leader(streams)).kill()
    await telling

    assert await _pulled(streams, 300) == {str(number).encode() for number in range(300)}
    standing = await at_last(lambda: streams.info(EVENTS))
    assert (standing.messages, standing.config["num_replicas"]) == (300, 3)


async def _told(streams: Streams, numbers: range) -> None:
    for number in numbers:
        await stored(streams, number)


async def _pulled(streams: Streams, enough: int) -> set[bytes]:
    taken = set[bytes]()
    async with asyncio.timeout(PATIENCE_S):
        while len(taken) < enough:
            for each in await at_last(lambda: streams.pull(KEEPER, 50, 1.0)):
                taken.add(each.data)
                with suppress(BusError):
                    await streams.done(each)
    return taken
