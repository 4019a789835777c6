"""Conformance, over memory and a real server: gathering replies, flushing and closing."""

import asyncio
from time import monotonic

import pytest
from flowkit.bus import BusError, Disconnected, ReplyLate

from .wires import AnyBus, Responder, Wire, collect, until


async def test_every_reply_is_gathered_until_it_is_quiet(bus: AnyBus, peer: AnyBus) -> None:
    await Responder.on(peer, "who", b"a", b"b")
    await Responder.on(peer, "who", b"c", after=0.05)
    began = monotonic()

    replies = await bus.request_many("who", b"", quiet=0.5, within=20)

    assert sorted(reply.data for reply in replies) == [b"a", b"b", b"c"]
    assert 0.5 < monotonic() - began < 5
    assert bus.awaiting == 0


async def test_gathering_ends_when_its_time_is_over(bus: AnyBus, peer: AnyBus) -> None:
    await Responder.on(peer, "who", *[b"more"] * 100, after=0.02)
    began = monotonic()

    replies = await bus.request_many("who", b"", quiet=5, within=0.3)

    assert 0 < len(replies) < 100
    assert monotonic() - began < 1.5


async def test_no_reply_at_all_is_an_empty_list(bus: AnyBus, peer: AnyBus) -> None:
    await collect(peer, "silent")

    assert await bus.request_many("silent", b"", quiet=0.05, within=5) == []
    began = monotonic()
    assert await bus.request_many("nobody", b"", quiet=20, within=20) == []
    assert monotonic() - began < 5


async def test_gathering_ends_with_the_connection(wire: Wire, bus: AnyBus, peer: AnyBus) -> None:
    taken, _ = await collect(peer, "who")
    gathering = asyncio.create_task(bus.request_many("who", b"", quiet=20, within=30))
    await until(lambda: len(taken) == 1)
    await peer.publish(taken[0].reply, b"one")
    await peer.flush(within=5)
    await bus.flush(within=5)

    await wire.cut(bus)

    assert [reply.data for reply in await asyncio.wait_for(gathering, 5)] == [b"one"]
    with pytest.raises(Disconnected):
        await bus.request_many("who", b"", quiet=1, within=1)


async def test_flushing_without_a_connection_is_refused(wire: Wire, bus: AnyBus) -> None:
    await wire.cut(bus)

    with pytest.raises(Disconnected):
        await bus.flush(within=5)


async def test_what_was_published_before_closing_arrives(bus: AnyBus, peer: AnyBus) -> None:
    taken, _ = await collect(peer, "news")
    for _ in range(500):
        await bus.publish("news", b"")

    await bus.close()

    await peer.flush(within=5)
    assert len(taken) == 500


async def test_what_is_here_when_closing_is_handed_over_and_nothing_after(bus: AnyBus, peer: AnyBus) -> None:
    taken, _ = await collect(bus, "news")
    for _ in range(100):
        await peer.publish("news", b"")
    await peer.flush(within=5)

    await bus.close()
    await peer.publish("news", b"late")
    await peer.flush(within=5)

    assert len(taken) == 100


async def test_a_closed_bus_refuses_everything(bus: AnyBus) -> None:
    await bus.close()
    await bus.close()

    assert not bus.is_connected
    with pytest.raises(Disconnected):
        await bus.publish("news", b"")
    with pytest.raises(Disconnected):
        await bus.request("ask", b"", within=1)
    with pytest.raises(Disconnected):
        await bus.request_many("ask", b"", quiet=1, within=1)
    with pytest.raises(Disconnected):
        await bus.subscribe("news", lambda _: None)
    with pytest.raises(Disconnected):
        await bus.flush(within=1)


async def test_a_request_in_flight_ends_when_its_bus_closes(bus: AnyBus, peer: AnyBus) -> None:
    taken, _ = await collect(peer, "ask")
    asking = asyncio.create_task(bus.request("ask", b"", within=30))
    await until(lambda: len(taken) == 1)

    await bus.close()

    with pytest.raises(ReplyLate):
        await asyncio.wait_for(asking, 5)


async def test_closing_without_a_connection_is_quick(wire: Wire, bus: AnyBus) -> None:
    await wire.cut(bus)
    began = monotonic()

    await bus.close()

    assert monotonic() - began < 1
    with pytest.raises(BusError):
        await bus.publish("news", b"")
