"""What is published is stored, once, or it is said that it is not: in memory and on NATS alike."""

import asyncio
from contextlib import nullcontext

import pytest
from flowkit.bus import Bus, header_block
from flowkit.contract import EVENTS
from flowkit.streams import NotStored, Streams
from flowkit.streams.declared import StreamOptions

from .grounds import LIT, SOON_S, Grounds, Teller, declare


async def test_what_is_published_is_stored_before_it_returns(streams: Streams, teller: Teller) -> None:
    first, second = await teller.tell(b"one"), await teller.tell(b"two")

    assert (first.stream, first.place, first.duplicate) == (EVENTS, 1, False)
    assert second.place == 2
    assert (await streams.info(EVENTS)).messages == 2


async def test_the_same_id_is_stored_once(streams: Streams, teller: Teller) -> None:
    first = await teller.tell(b"one", id_="same")
    again = await teller.tell(b"one", id_="same")

    assert again.duplicate
    assert again.place == first.place
    assert (await streams.info(EVENTS)).messages == 1


async def test_an_id_is_forgotten_after_the_window(bus: Bus, grounds: Grounds) -> None:
    await declare(bus, StreamOptions(duplicate_window_s=1))
    teller = Teller(Streams(bus))
    await teller.tell(b"one", id_="same")
    await grounds.pass_time(2.5)

    assert not (await teller.tell(b"one", id_="same")).duplicate


@pytest.mark.parametrize(("size", "is_taken"), [(65_535, True), (65_536, False)])
async def test_headers_have_a_limit_of_their_own(streams: Streams, size: int, is_taken: bool) -> None:
    carried = {"x-huge": "x" * (size - len(header_block.encode({"x-huge": ""})))}
    refused = pytest.raises(NotStored, match="header size exceeds maximum allowed of 64k")
    with nullcontext() if is_taken else refused:
        await streams.publish(LIT, b"", headers=carried, within=SOON_S)


async def test_where_there_is_no_stream_nothing_is_stored(bus: Bus) -> None:
    with pytest.raises(NotStored, match="no stream takes") as refused:
        await Teller(Streams(bus)).tell(b"one")

    assert refused.value.code == 503


async def test_a_full_stream_refuses_what_is_new_and_keeps_what_there_is(bus: Bus) -> None:
    await declare(bus, StreamOptions(most_bytes=1 << 16))
    streams = Streams(bus)
    for _ in range(7):
        await streams.publish(LIT, bytes(8192), headers={}, within=SOON_S)
    with pytest.raises(NotStored, match="maximum bytes exceeded"):
        await streams.publish(LIT, bytes(8192), headers={}, within=SOON_S)

    standing = await streams.info(EVENTS)
    assert (standing.messages, standing.first) == (7, 1)


async def test_a_full_stream_that_is_given_room_takes_more(bus: Bus) -> None:
    await declare(bus, StreamOptions(most_bytes=1 << 16))
    streams = Streams(bus)
    with pytest.raises(NotStored):
        await streams.publish(LIT, bytes(1 << 16), headers={}, within=SOON_S)
    await declare(bus, StreamOptions(most_bytes=1 << 20))

    assert (await streams.publish(LIT, bytes(1 << 16), headers={}, within=SOON_S)).place == 1


async def test_what_answers_but_is_no_stream_has_stored_nothing(bus: Bus, grounds: Grounds) -> None:
    answers = set[asyncio.Task[None]]()
    other = await grounds.connect()
    await bus.subscribe("elsewhere", lambda asked: answers.add(asyncio.create_task(bus.publish(asked.reply, b"{}"))))
    await bus.flush(within=SOON_S)

    with pytest.raises(NotStored, match="no stream"):
        await Streams(other).publish("elsewhere", b"x", headers={}, within=SOON_S)
