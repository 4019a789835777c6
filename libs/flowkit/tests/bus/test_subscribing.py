"""Conformance, over memory and a real server: subscribing, and ending it."""

import asyncio
from collections import Counter

import pytest
from flowkit.bus import Message

from .wires import AnyBus, Wire, collect, until


@pytest.mark.parametrize("subject", ["", "a b", "a\r\nPING", "a..b", ">.a", "a>", "a*"])
async def test_a_subject_nothing_can_be_taken_from_is_refused(bus: AnyBus, subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        await bus.subscribe(subject, lambda _: None)


@pytest.mark.parametrize(
    ("pattern", "subject", "takes"),
    [
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.*", "a", False),
        ("*.b", "a.b", True),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        ("a.*.c", "a.b.c", True),
        (">", "a", True),
        ("a", "A", False),
    ],
)
async def test_wildcards(bus: AnyBus, peer: AnyBus, pattern: str, subject: str, takes: bool) -> None:
    taken, _ = await collect(peer, pattern)

    await bus.publish(subject, b"")

    await bus.flush(within=5)
    await peer.flush(within=5)
    assert [message.subject for message in taken if not message.subject.startswith("_")] == [subject] * takes


async def test_a_queue_group_shares_messages_and_a_plain_taker_has_them_all(
    wire: Wire, bus: AnyBus, peer: AnyBus
) -> None:
    third = await wire.connect()
    one, _ = await collect(peer, "work", queue="workers")
    other, _ = await collect(third, "work", queue="workers")
    elsewhere, _ = await collect(third, "work", queue="auditors")
    every, _ = await collect(peer, "work")

    for number in range(200):
        await bus.publish("work", b"%d" % number)

    await until(lambda: len(one) + len(other) == len(elsewhere) == len(every) == 200)
    assert len(one) > 20
    assert len(other) > 20
    assert Counter(m.data for m in one + other) == Counter(m.data for m in every)


async def test_a_queue_group_is_one_over_all_its_patterns(bus: AnyBus, peer: AnyBus) -> None:
    exact, _ = await collect(peer, "work.a", queue="workers")
    wide, _ = await collect(peer, "work.*", queue="workers")

    for _ in range(50):
        await bus.publish("work.a", b"")
    await bus.flush(within=5)
    await peer.flush(within=5)

    assert len(exact) + len(wide) == 50


async def test_a_raising_handler_ends_nothing(bus: AnyBus, peer: AnyBus) -> None:
    taken: list[bytes] = []

    def fussy(message: Message) -> None:
        if message.data == b"bad":
            raise RuntimeError("a handler's fault")
        taken.append(message.data)

    await peer.subscribe("news", fussy)
    await peer.flush(within=5)
    for data in (b"bad", b"good"):
        await bus.publish("news", data)

    await until(lambda: taken == [b"good"])
    assert peer.is_connected


async def test_a_subscription_outlives_its_connection(wire: Wire, bus: AnyBus, peer: AnyBus) -> None:
    taken, _ = await collect(peer, "news")
    await wire.cut(peer)
    await bus.publish("news", b"missed")
    await bus.flush(within=5)

    await wire.restore(peer)
    await bus.publish("news", b"heard")

    await until(lambda: len(taken) == 1)
    assert taken[0].data == b"heard"


async def test_what_was_subscribed_without_a_connection_is_taken_once_there_is_one(
    wire: Wire, bus: AnyBus, peer: AnyBus
) -> None:
    taken: list[Message] = []
    await wire.cut(peer)

    await peer.subscribe("news", taken.append)
    await wire.restore(peer)
    await peer.flush(within=5)
    await bus.publish("news", b"")

    await until(lambda: len(taken) == 1)


async def test_unsubscribing_hands_over_what_is_already_here_and_takes_no_more(bus: AnyBus, peer: AnyBus) -> None:
    taken, subscription = await collect(peer, "news")
    for _ in range(500):
        await bus.publish("news", b"early")
    await bus.flush(within=5)

    await subscription.unsubscribe()

    assert len(taken) == 500
    await bus.publish("news", b"late")
    await bus.flush(within=5)
    await peer.flush(within=5)
    assert len(taken) == 500


async def test_unsubscribing_ends_one_subscription_alone_and_twice_does_no_harm(bus: AnyBus, peer: AnyBus) -> None:
    ended, subscription = await collect(peer, "news")
    kept, _ = await collect(peer, "news")

    await subscription.unsubscribe()
    await subscription.unsubscribe()
    await bus.publish("news", b"")

    await until(lambda: len(kept) == 1)
    assert ended == []


async def test_unsubscribing_without_a_connection_holds_once_it_is_back(wire: Wire, bus: AnyBus, peer: AnyBus) -> None:
    taken, subscription = await collect(peer, "news")
    await wire.cut(peer)

    async with asyncio.timeout(1):
        await subscription.unsubscribe()
    await wire.restore(peer)
    await bus.publish("news", b"")

    await bus.flush(within=5)
    await peer.flush(within=5)
    assert taken == []
