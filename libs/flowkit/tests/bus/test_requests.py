"""Conformance, over memory and a real server: requests."""

import asyncio
from time import monotonic

import pytest
from flowkit.bus import Disconnected, NoResponders, PayloadTooLarge, ReplyLate

from .wires import AnyBus, Responder, Wire, collect, until


async def test_the_first_reply_is_the_answer(bus: AnyBus, peer: AnyBus) -> None:
    responder = await Responder.on(peer, "ask", b"first", b"second")

    reply = await bus.request("ask", b"?", within=5, headers={"mine": "1"})

    assert (reply.data, reply.headers) == (b"first", {"who": "responder"})
    assert [(asked.data, asked.headers) for asked in responder.asked] == [(b"?", {"mine": "1"})]


async def test_many_requests_at_once_each_get_their_own_reply(bus: AnyBus, peer: AnyBus) -> None:
    await Responder.on(peer, "echo")

    replies = await asyncio.gather(*(bus.request("echo", b"%d" % n, within=5) for n in range(300)))

    assert [int(reply.data) for reply in replies] == list(range(300))
    assert bus.awaiting == 0


async def test_a_request_nobody_takes_is_told_at_once(bus: AnyBus) -> None:
    began = monotonic()

    with pytest.raises(NoResponders):
        await bus.request("nobody", b"", within=20)

    assert monotonic() - began < 5
    assert bus.awaiting == 0


async def test_a_responder_that_left_is_nobody(bus: AnyBus, peer: AnyBus) -> None:
    _, subscription = await collect(peer, "ask")
    await subscription.unsubscribe()

    with pytest.raises(NoResponders):
        await bus.request("ask", b"", within=5)


async def test_a_responder_whose_connection_is_lost_is_nobody(wire: Wire, bus: AnyBus, peer: AnyBus) -> None:
    await Responder.on(peer, "ask")
    await wire.cut(peer)

    with pytest.raises(NoResponders):
        await bus.request("ask", b"", within=5)


async def test_a_reply_that_does_not_come_in_time_is_late(bus: AnyBus, peer: AnyBus) -> None:
    await Responder.on(peer, "slow", after=1)
    began = monotonic()

    with pytest.raises(ReplyLate):
        await bus.request("slow", b"", within=0.1)

    assert 0.09 < monotonic() - began < 1
    assert bus.awaiting == 0
    await asyncio.sleep(1.1)  # the late one comes, and harms nobody
    assert (await bus.request("slow", b"again", within=20)).data == b"again"


@pytest.mark.parametrize("within", [0, -1])
async def test_a_request_without_any_time_is_late_and_is_not_sent(bus: AnyBus, peer: AnyBus, within: float) -> None:
    responder = await Responder.on(peer, "ask")

    with pytest.raises(ReplyLate):
        await bus.request("ask", b"", within=within)

    await bus.flush(within=5)
    await peer.flush(within=5)
    assert responder.asked == []


async def test_a_connection_lost_while_a_reply_is_awaited_is_told_at_once(
    wire: Wire, bus: AnyBus, peer: AnyBus
) -> None:
    taken, _ = await collect(peer, "ask")
    asking = asyncio.create_task(bus.request("ask", b"", within=30))
    await until(lambda: len(taken) == 1)

    began = monotonic()
    await wire.cut(bus)
    with pytest.raises(ReplyLate):
        await asking

    assert monotonic() - began < 5
    assert bus.awaiting == 0


async def test_a_request_without_a_connection_is_refused_at_once_and_never_kept(
    wire: Wire, bus: AnyBus, peer: AnyBus
) -> None:
    responder = await Responder.on(peer, "ask")
    await wire.cut(bus)
    began = monotonic()

    with pytest.raises(Disconnected):
        await bus.request("ask", b"early", within=20)
    assert monotonic() - began < 5

    await wire.restore(bus)
    await bus.request("ask", b"now", within=5)
    assert [asked.data for asked in responder.asked] == [b"now"]


async def test_a_request_too_large_is_refused_and_leaves_nothing_behind(bus: AnyBus) -> None:
    with pytest.raises(PayloadTooLarge):
        await bus.request("ask", bytes(bus.max_payload + 1), within=5)

    assert bus.awaiting == 0


async def test_a_request_given_up_leaves_nothing_behind(bus: AnyBus, peer: AnyBus) -> None:
    taken, _ = await collect(peer, "ask")
    asking = asyncio.create_task(bus.request("ask", b"", within=30))
    await until(lambda: len(taken) == 1)

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert bus.awaiting == 0
