"""Stored on three servers: the loss of one loses nothing, and the two that are left go on."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import msgspec
import pytest
from flowkit.bus import BusError
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import EVENTS
from flowkit.streams import Streams
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.streams.room import FILLS, Holder, Room

from .grounds import DIARY, KEEPER, LIT, PARTICIPANTS
from .three_servers import ThreeServers, three_servers

PATIENCE_S = 40.0
SPREAD = StreamOptions(replicas=3, ack_wait_s=2)


@pytest.fixture
async def servers() -> AsyncGenerator[ThreeServers]:
    async with three_servers() as servers:
        yield servers


@pytest.fixture
async def streams(servers: ThreeServers) -> AsyncGenerator[Streams]:
    bus = NatsBus(NatsOptions(servers.url, name="streams"))
    keeping = Keeping(bus, Declared.of(PARTICIPANTS, SPREAD))
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


@pytest.mark.timeout(180)
async def test_room_is_made_of_what_all_have_acted_on_and_of_nothing_else(streams: Streams) -> None:
    declared = Declared.of(PARTICIPANTS, replace(SPREAD, most_bytes=1 << 15))
    assert await at_last(Keeping(streams.bus, declared).keep) == ()
    room, number = Room.of(streams.bus, declared), 0
    while (await at_last(lambda: streams.info(EVENTS))).share <= FILLS:
        await stored(streams, number)
        number += 1
    await _pulled(streams, number)
    assert (await at_last(room.make)).holder == Holder(DIARY, 0)

    await _pulled(streams, number, DIARY)
    made = await at_last(room.make)

    assert made.removed > 0
    assert (await at_last(lambda: streams.info(EVENTS))).messages == number - made.removed


async def _told(streams: Streams, numbers: range) -> None:
    for number in numbers:
        await stored(streams, number)


async def _pulled(streams: Streams, enough: int, reader: str = KEEPER) -> set[bytes]:
    taken = set[bytes]()
    async with asyncio.timeout(PATIENCE_S):
        while len(taken) < enough:
            for each in await at_last(lambda: streams.pull(reader, 50, 1.0)):
                taken.add(each.data)
                with suppress(BusError):
                    await streams.done(each)
    return taken
