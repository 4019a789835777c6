"""What the making of room stands on: who reads, how far they are, and what goes. In memory and on NATS alike."""

import pytest
from flowkit.bus import Bus
from flowkit.contract import EVENTS
from flowkit.streams import NoSuchStream, Streams
from flowkit.streams.declared import StreamOptions

from .grounds import BROKEN, DIARY, IN_ORDER, KEEPER, LIT, SOON_S, Teller, bodies, declare, until_left
from .test_keeping import consumer_made

A_PAGE = 256
ACK_WAIT_S = 2.0


@pytest.fixture
async def streams(bus: Bus) -> Streams:
    await declare(bus, StreamOptions(ack_wait_s=ACK_WAIT_S))
    return Streams(bus)


async def floor(streams: Streams, consumer: str = KEEPER) -> int:
    return (await streams.consumers())[consumer].floor


async def test_all_that_read_are_told_with_what_they_read(streams: Streams) -> None:
    found = await streams.consumers()

    assert {KEEPER, DIARY, IN_ORDER} <= found.keys()
    assert len(found) == 2 + 8
    assert found[DIARY].subjects == ["event.lamp.lit.v1.*", "again.diary.lamp.lit.v1.*"]


async def test_more_that_read_than_fit_one_page_are_told_all(bus: Bus, streams: Streams) -> None:
    for number in range(A_PAGE):
        await consumer_made(bus, f"other-{number:03}", {"filter_subjects": [LIT]})

    assert len(await streams.consumers()) == A_PAGE + 2 + 8


async def test_where_there_is_no_stream_nobody_reads_it(bus: Bus) -> None:
    with pytest.raises(NoSuchStream):
        await Streams(bus).consumers()


async def test_who_had_nothing_yet_has_acted_on_nothing(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"one")
    assert await floor(streams) == 0


async def test_who_was_handed_one_has_not_acted_on_it(streams: Streams, teller: Teller) -> None:
    place = (await teller.tell(b"one")).place
    await streams.pull(KEEPER, 1, SOON_S)
    assert await floor(streams) < place


async def test_who_is_to_be_given_it_again_has_not_acted_on_it(streams: Streams, teller: Teller) -> None:
    place = (await teller.tell(b"one")).place
    (pulled,) = await streams.pull(KEEPER, 1, SOON_S)
    await streams.again(pulled, 0)
    (pulled,) = await streams.pull(KEEPER, 1, SOON_S)
    assert await floor(streams) < place

    await streams.done(pulled)
    assert await floor(streams) == place


async def test_who_acts_on_a_later_one_first_is_at_the_earlier_until_it_is_done(
    streams: Streams, teller: Teller
) -> None:
    places = [(await teller.tell(body)).place for body in (b"one", b"two", b"three")]
    one, two, _ = await streams.pull(KEEPER, 3, SOON_S)
    await streams.done(two)
    assert await floor(streams) < places[0]

    await streams.done(one)
    assert await floor(streams) == places[1]


async def test_who_gave_one_up_is_past_it(streams: Streams, teller: Teller) -> None:
    place = (await teller.tell(b"one")).place
    (pulled,) = await streams.pull(KEEPER, 1, SOON_S)
    await streams.give_up(pulled, "no lamp of ours")
    assert await floor(streams) == place


async def test_who_reads_in_order_is_at_what_was_given_again_to_it_alone(streams: Streams, teller: Teller) -> None:
    """What is another's moves it no further."""
    first = (await teller.tell(b"one", BROKEN)).place
    again = (await teller.tell(b"again", "again.keeper.lamp.broken.v1.3")).place
    await teller.tell(b"another's")
    for place in (first, again):
        (pulled,) = await streams.pull(IN_ORDER, 1, SOON_S)
        assert await floor(streams, IN_ORDER) < place
        await streams.done(pulled)
        assert await floor(streams, IN_ORDER) == place


async def test_the_next_of_a_subject_is_found_from_a_place_on(streams: Streams, teller: Teller) -> None:
    places = [(await teller.tell(b"one", subject)).place for subject in (LIT, BROKEN, LIT)]

    assert await streams.next_of(EVENTS, "event.lamp.lit.v1.*", 0) == places[0]
    assert await streams.next_of(EVENTS, "event.lamp.lit.v1.*", places[0] + 1) == places[2]
    assert await streams.next_of(EVENTS, BROKEN, places[1] + 1) is None
    assert await streams.next_of(EVENTS, "again.>", 1) is None
    assert await streams.next_of(EVENTS, LIT, places[2] + 100) is None


async def test_what_is_removed_is_all_up_to_a_place_and_no_more(streams: Streams, teller: Teller) -> None:
    places = [(await teller.tell(str(number).encode())).place for number in range(5)]

    assert await streams.remove_up_to(EVENTS, places[2]) == 3
    assert await streams.remove_up_to(EVENTS, places[2]) == 0

    standing = await streams.info(EVENTS)
    assert (standing.first, standing.last, standing.messages) == (places[3], places[4], 2)
    await until_left(streams, 2)
    assert bodies(await streams.pull(KEEPER, 5, 0.5)) == [b"3", b"4"]
    assert (await teller.tell(b"5")).place == places[4] + 1


async def test_what_was_in_hand_and_is_removed_does_not_come_again(streams: Streams, teller: Teller) -> None:
    place = (await teller.tell(b"one")).place
    await teller.tell(b"two")
    (pulled,) = await streams.pull(KEEPER, 1, SOON_S)
    await streams.again(pulled, 0)
    await streams.remove_up_to(EVENTS, place)

    assert bodies(await streams.pull(KEEPER, 1, SOON_S)) == [b"two"]


async def test_what_is_removed_is_gone_for_whoever_reads_by_hand(streams: Streams, teller: Teller) -> None:
    place = (await teller.tell(b"one")).place
    await teller.tell(b"two")
    await streams.remove_up_to(EVENTS, place)

    assert [kept.data for kept in await streams.read(EVENTS)] == [b"two"]


async def test_one_that_reads_all_there_is_says_so(bus: Bus, streams: Streams) -> None:
    await consumer_made(bus, "everything", {})
    assert (await streams.consumers())["everything"].subjects == [">"]
