"""What a lost connection takes with it, which in memory can be told to the message."""

import asyncio

import pytest
from flowkit.bus import Disconnected, Message
from flowkit.testing.memory_bus import MemoryBroker


async def test_what_is_on_its_way_is_lost_with_the_connection() -> None:
    broker = MemoryBroker()
    bus, peer = broker.connect("one"), broker.connect("other")
    taken: list[Message] = []
    await peer.subscribe("news", taken.append)

    await bus.publish("news", b"lost")
    peer.cut()
    peer.restore()
    await bus.publish("news", b"kept")
    await peer.flush(within=20)

    assert [message.data for message in taken] == [b"kept"]


async def test_who_waits_on_a_connection_is_told_of_its_loss() -> None:
    bus = MemoryBroker().connect()
    subscription = await bus.subscribe("news", lambda _: None)
    flushing = asyncio.create_task(bus.flush(within=30))
    leaving = asyncio.create_task(subscription.unsubscribe())
    closing = asyncio.create_task(bus.close())
    await asyncio.sleep(0)

    bus.cut()

    with pytest.raises(Disconnected):
        await asyncio.wait_for(flushing, 10)
    await asyncio.wait_for(leaving, 10)
    await asyncio.wait_for(closing, 10)


async def test_a_broker_takes_no_more_than_it_was_told_to() -> None:
    assert MemoryBroker(max_payload=10).connect().max_payload == 10


async def test_a_closed_bus_is_not_brought_back() -> None:
    bus = MemoryBroker().connect()
    await bus.close()

    bus.restore()

    assert not bus.is_connected
