"""Conformance, over memory and a real server: publishing."""

from typing import cast

import pytest
from flowkit.bus import Disconnected, Message, PayloadTooLarge

from .wires import AnyBus, Wire, collect, until


async def test_a_message_arrives_as_it_was_sent(bus: AnyBus, peer: AnyBus) -> None:
    taken, _ = await collect(peer, "news")

    await bus.publish("news", b"\x00\xff", reply="here", headers={"who": "Zoë", "empty": ""})

    await until(lambda: len(taken) == 1)
    assert taken == [Message("news", b"\x00\xff", "here", {"who": "Zoë", "empty": ""})]


async def test_a_message_may_be_empty(bus: AnyBus, peer: AnyBus) -> None:
    taken, _ = await collect(peer, "news")

    await bus.publish("news", b"")

    await until(lambda: len(taken) == 1)
    assert taken == [Message("news", b"")]


async def test_messages_arrive_in_order(bus: AnyBus, peer: AnyBus) -> None:
    taken, _ = await collect(peer, "numbers")

    for number in range(1000):
        await bus.publish("numbers", b"%d" % number)

    await until(lambda: len(taken) == 1000)
    assert [int(message.data) for message in taken] == list(range(1000))


async def test_each_taker_has_headers_of_its_own(bus: AnyBus, peer: AnyBus) -> None:
    first, _ = await collect(peer, "news")
    second, _ = await collect(peer, "news")
    headers = {"a": "1"}

    await bus.publish("news", b"", headers=headers)
    headers["a"] = "2"
    await until(lambda: len(first) == len(second) == 1)
    cast("dict[str, str]", first[0].headers)["a"] = "3"

    assert second[0].headers == {"a": "1"}


async def test_nothing_is_delivered_while_publishing(bus: AnyBus) -> None:
    taken, _ = await collect(bus, "news")

    await bus.publish("news", b"")

    assert taken == []
    await until(lambda: len(taken) == 1)


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\x00b", "a\x7f", "a\tb", " a", "a "])
async def test_a_header_that_would_not_arrive_as_given_is_refused(bus: AnyBus, peer: AnyBus, value: str) -> None:
    taken, _ = await collect(peer, "news")

    with pytest.raises(ValueError, match="header"):
        await bus.publish("news", b"", headers={"a": value})

    await bus.flush(within=5)
    await peer.flush(within=5)
    assert taken == []


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "ä"])
async def test_a_header_name_that_is_none_is_refused(bus: AnyBus, name: str) -> None:
    with pytest.raises(ValueError, match="header"):
        await bus.publish("news", b"", headers={name: "1"})


@pytest.mark.parametrize("subject", ["", "a b", "a\r\nPING", "a..b", ".a", "a.", "a.*", ">", "a" * 2000])
async def test_a_subject_nothing_can_be_sent_to_is_refused(bus: AnyBus, subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        await bus.publish(subject, b"")
    with pytest.raises(ValueError, match="subject"):
        await bus.request(subject, b"", within=1)


async def test_the_largest_message_is_taken(bus: AnyBus, peer: AnyBus) -> None:
    taken, _ = await collect(peer, "large")

    await bus.publish("large", bytes(bus.max_payload))

    await until(lambda: len(taken) == 1)
    assert len(taken[0].data) == bus.max_payload


async def test_headers_count_towards_the_largest_message(bus: AnyBus, peer: AnyBus) -> None:
    taken, _ = await collect(peer, "large")
    room = bus.max_payload - len(b"NATS/1.0\r\na: 1\r\n\r\n")

    with pytest.raises(PayloadTooLarge):
        await bus.publish("large", bytes(room + 1), headers={"a": "1"})
    await bus.publish("large", bytes(room), headers={"a": "1"})

    await until(lambda: len(taken) == 1)
    assert len(taken[0].data) == room


async def test_what_is_published_without_a_connection_is_refused_and_never_kept(
    wire: Wire, bus: AnyBus, peer: AnyBus
) -> None:
    taken, _ = await collect(peer, "news")
    await wire.cut(bus)

    with pytest.raises(Disconnected):
        await bus.publish("news", b"early")
    await wire.restore(bus)
    await bus.publish("news", b"now")

    await until(lambda: len(taken) == 1)
    assert [message.data for message in taken] == [b"now"]
