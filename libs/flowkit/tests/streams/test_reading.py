"""What is kept is looked at, and dropped, without being consumed: in memory and on NATS alike."""

from datetime import timedelta

import pytest
from flowkit.bus import Bus
from flowkit.contract import DEAD_LETTERS, EVENTS
from flowkit.streams import NoSuchConsumer, NoSuchStream, NotStored, Streams, StreamsRefused

from .grounds import KEEPER, LIT, SOON_S, Grounds, Teller, until_left

DEAD = "dead.keeper.lamp.lit.v1"


async def test_a_page_of_what_is_kept(streams: Streams, teller: Teller) -> None:
    for each in (b"one", b"two", b"three"):
        await teller.tell(each)
    page = await streams.read(EVENTS, start=2, most=2)

    assert [(each.place, each.subject, each.data) for each in page] == [(2, LIT, b"two"), (3, LIT, b"three")]
    assert page[0].headers == {"Nats-Msg-Id": "own-1", "note": "two"}
    assert page[0].stored_at.tzinfo is not None
    assert [each.place for each in await streams.read(EVENTS, most=2)] == [1, 2]


async def test_past_the_end_there_is_nothing(streams: Streams, teller: Teller) -> None:
    assert await streams.read(EVENTS) == []
    await teller.tell(b"one")
    assert await streams.read(EVENTS, start=2) == []


async def test_what_is_kept_is_read_from_a_moment_on(streams: Streams, teller: Teller, grounds: Grounds) -> None:
    for each in (b"one", b"two", b"three"):
        await teller.tell(each)
        await grounds.pass_time(0.01)
    moment = (await streams.read(EVENTS, start=2, most=1))[0].stored_at - timedelta(milliseconds=5)

    assert [each.data for each in await streams.read(EVENTS, since=moment)] == [b"two", b"three"]
    assert [each.data for each in await streams.read(EVENTS, since=moment, most=1)] == [b"two"]
    assert await streams.read(EVENTS, since=moment + timedelta(days=1)) == []


async def test_only_what_is_asked_for_is_read(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"one")
    await teller.tell(b"two", subject="event.lamp.broken.v1.0")

    assert [each.data for each in await streams.read(EVENTS, subject="event.lamp.broken.>")] == [b"two"]
    assert await streams.read(EVENTS, subject="event.nothing.>") == []


async def test_to_read_consumes_nothing(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"one")
    await streams.read(EVENTS)

    assert len(await streams.pull(KEEPER, 10, SOON_S)) == 1


async def test_a_second_dead_letter_of_one_event_is_refused(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"one", subject=f"{DEAD}.id")

    with pytest.raises(NotStored, match="maximum messages per subject exceeded"):
        await teller.tell(b"one", subject=f"{DEAD}.id")
    await teller.tell(b"one", subject=f"{DEAD}.other")


async def test_a_dead_letter_that_was_dropped_is_gone_and_may_come_again(streams: Streams, teller: Teller) -> None:
    stored = await teller.tell(b"one", subject=f"{DEAD}.id")

    assert await streams.drop(DEAD_LETTERS, stored.place)
    assert not await streams.drop(DEAD_LETTERS, stored.place)
    assert not await streams.drop(DEAD_LETTERS, 1000)
    assert await streams.read(DEAD_LETTERS) == []
    assert (await teller.tell(b"one", subject=f"{DEAD}.id")).place == 2


async def test_an_event_cannot_be_dropped(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"one")

    with pytest.raises(StreamsRefused, match="not permitted"):
        await streams.drop(EVENTS, 1)


async def test_how_a_stream_stands(streams: Streams, teller: Teller) -> None:
    for each in (b"one", b"two"):
        await teller.tell(each)
    standing = await streams.info(EVENTS)

    assert (standing.messages, standing.first, standing.last) == (2, 1, 2)
    assert standing.state.bytes > 0
    assert standing.config["num_replicas"] == 1


async def test_how_a_consumer_stands(streams: Streams, teller: Teller) -> None:
    for each in (b"one", b"two", b"three"):
        await teller.tell(each)
    await streams.pull(KEEPER, 2, SOON_S)
    await until_left(streams, 3)
    standing = await streams.consumer(KEEPER)

    assert (standing.pending, standing.unacknowledged, standing.redelivered) == (1, 2, 0)
    assert standing.ack_wait_s == 10


async def test_what_is_not_there_is_said(bus: Bus, streams: Streams) -> None:
    with pytest.raises(NoSuchStream):
        await Streams(bus).info("NOTHING")
    with pytest.raises(NoSuchConsumer):
        await streams.consumer("nobody")


async def test_what_a_publisher_says_in_the_servers_name_is_not_believed(streams: Streams) -> None:
    forged = {"Nats-Subject": "event.other", "Nats-Sequence": "77", "Nats-Time-Stamp": "never", "Status": "404"}
    await streams.publish(LIT, b"", headers=forged, within=SOON_S)
    await streams.publish(LIT, b"two", headers={}, within=SOON_S)
    page = await streams.read(EVENTS)

    assert [(each.place, each.subject, each.data) for each in page] == [(1, LIT, b""), (2, LIT, b"two")]
