"""Conformance, over memory and a real server: as many replies as were asked for, or as many as there are."""

import asyncio

import pytest
from flowkit.bus import ConnectionLost, Message, NoResponders, PayloadTooLarge, ReplyLate, header_block

from .wires import AnyBus, Wire, collect, until

SOON_S = 20.0


async def answers(peer: AnyBus, *replies: bytes) -> None:
    """Each request with all of these."""
    tasks = set[asyncio.Task[None]]()

    async def answer(asked: Message) -> None:
        for reply in replies:
            await peer.publish(asked.reply, reply)

    await peer.subscribe("ask", lambda asked: tasks.add(asyncio.create_task(answer(asked))))
    await peer.flush(within=SOON_S)


async def asking(bus: AnyBus, peer: AnyBus, most: int = 10) -> tuple[asyncio.Task[list[Message]], str]:
    """And where the replies are to go."""
    asked, _ = await collect(peer, "ask")
    task = asyncio.create_task(bus.request_batch("ask", b"", most=most, within=10 * SOON_S))
    await until(lambda: bool(asked), SOON_S)
    return task, asked[0].reply


async def test_as_many_as_were_asked_for_are_taken(bus: AnyBus, peer: AnyBus) -> None:
    await answers(peer, b"a", b"b", b"c")

    replies = await bus.request_batch("ask", b"", most=2, within=SOON_S)

    assert [reply.data for reply in replies] == [b"a", b"b"]
    assert bus.awaiting == 0


async def test_a_status_ends_them_and_is_the_last(wire: Wire, bus: AnyBus, peer: AnyBus) -> None:
    task, where = await asking(bus, peer)
    await peer.publish(where, b"a")
    await peer.flush(within=SOON_S)
    await wire.say(where, "404", "No Messages")

    async with asyncio.timeout(SOON_S):
        replies = await task
    assert [header_block.status(reply) for reply in replies] == ["", "404"]
    assert replies[1].headers[header_block.DESCRIPTION] == "No Messages"


async def test_a_sign_of_life_neither_counts_nor_ends_them(wire: Wire, bus: AnyBus, peer: AnyBus) -> None:
    task, where = await asking(bus, peer, most=1)
    await wire.say(where, "100", "Idle Heartbeat")
    await bus.flush(within=SOON_S)
    await peer.publish(where, b"a")

    async with asyncio.timeout(SOON_S):
        assert [reply.data for reply in await task] == [b"a"]


@pytest.mark.parametrize("status", ["404", "503", "100"])
async def test_a_header_of_that_name_is_no_status(bus: AnyBus, peer: AnyBus, status: str) -> None:
    task, where = await asking(bus, peer, most=2)
    await peer.publish(where, b"", headers={"Status": status, "status": status})
    await peer.publish(where, b"a")

    async with asyncio.timeout(SOON_S):
        assert [reply.data for reply in await task] == [b"", b"a"]


async def test_when_the_time_is_over_there_is_what_came(bus: AnyBus, peer: AnyBus) -> None:
    await answers(peer, b"a")

    assert len(await bus.request_batch("ask", b"", most=2, within=1.0)) == 1


async def test_where_nothing_came_in_time_it_is_said(bus: AnyBus, peer: AnyBus) -> None:
    await answers(peer)

    with pytest.raises(ReplyLate):
        await bus.request_batch("ask", b"", most=2, within=0.2)
    with pytest.raises(ReplyLate, match="no time left"):
        await bus.request_batch("ask", b"", most=2, within=0)
    assert bus.awaiting == 0


async def test_where_nobody_listens_it_is_said_at_once(bus: AnyBus) -> None:
    async with asyncio.timeout(SOON_S):
        with pytest.raises(NoResponders):
            await bus.request_batch("nobody", b"", most=2, within=10 * SOON_S)


async def test_what_is_too_large_is_not_asked(bus: AnyBus) -> None:
    with pytest.raises(PayloadTooLarge):
        await bus.request_batch("ask", bytes(bus.max_payload + 1), most=1, within=SOON_S)
    assert bus.awaiting == 0


async def test_a_lost_connection_ends_the_wait(wire: Wire, bus: AnyBus, peer: AnyBus) -> None:
    task, _ = await asking(bus, peer)
    await wire.cut(bus)

    async with asyncio.timeout(SOON_S):
        with pytest.raises(ConnectionLost):
            await task
    assert bus.awaiting == 0


async def test_what_came_before_the_connection_was_lost_is_not_lost_with_it(
    wire: Wire, bus: AnyBus, peer: AnyBus
) -> None:
    task, where = await asking(bus, peer)
    await peer.publish(where, b"a")
    await peer.flush(within=SOON_S)
    await bus.flush(within=SOON_S)
    await wire.cut(bus)

    async with asyncio.timeout(SOON_S):
        assert [reply.data for reply in await task] == [b"a"]


async def test_once_it_has_ended_nobody_listens_there(bus: AnyBus, peer: AnyBus) -> None:
    asked, _ = await collect(peer, "ask")
    with pytest.raises(ReplyLate):
        await bus.request_batch("ask", b"", most=2, within=0.5)
    await bus.flush(within=SOON_S)

    with pytest.raises(NoResponders):
        await peer.request(asked[0].reply, b"", within=SOON_S)
