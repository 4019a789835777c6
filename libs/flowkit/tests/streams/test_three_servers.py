"""Stored on three servers: the loss of one loses nothing, and the two that are left go on."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import EVENTS
from flowkit.streams import Streams
from flowkit.streams.declared import Declared
from flowkit.streams.keeping import Keeping
from flowkit.streams.room import FILLS, Holder, Room

from .grounds import DIARY, PARTICIPANTS
from .three_servers import SPREAD, ThreeServers, at_last, kept_on, leader, pulled, said, stored


@pytest.fixture
async def streams(servers: ThreeServers) -> AsyncGenerator[Streams]:
    bus = NatsBus(NatsOptions(servers.url, name="streams"))
    streams = Streams(bus)
    await kept_on(streams)
    yield streams
    await bus.close()


@pytest.mark.timeout(180)
async def test_what_was_acknowledged_outlives_the_server_that_led(servers: ThreeServers, streams: Streams) -> None:
    telling = asyncio.create_task(_told(streams, range(300)))
    while (await streams.info(EVENTS)).messages < 50:
        await asyncio.sleep(0.01)
    while not (leading := await at_last(lambda: leader(streams))):
        await asyncio.sleep(0.1)
    servers.named(leading).kill()
    await telling

    assert await pulled(streams, range(300)) == said(range(300))
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
    await pulled(streams, range(number))
    assert (await at_last(room.make)).holder == Holder(DIARY, 0)

    await pulled(streams, range(number), DIARY)
    made = await at_last(room.make)

    assert made.removed > 0
    assert (await at_last(lambda: streams.info(EVENTS))).messages == number - made.removed


async def _told(streams: Streams, numbers: range) -> None:
    for number in numbers:
        await stored(streams, number)
