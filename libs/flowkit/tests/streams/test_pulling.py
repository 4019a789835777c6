"""What is pulled, by whom, and what becomes of a pull that is given up: in memory and on NATS alike."""

import asyncio

import pytest
from flowkit.bus import Bus
from flowkit.contract import EVENTS
from flowkit.streams import NoSuchConsumer, NoSuchStream, Streams

from .grounds import BROKEN, DIARY, IN_ORDER, KEEPER, LIT, SOON_S, Grounds, Teller, bodies, pulled_until


async def test_what_is_pulled_is_what_was_published(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"one", id_="a")
    await teller.tell(b"two")
    first, second = await streams.pull(KEEPER, 10, SOON_S)

    assert (first.subject, first.data, first.place, first.delivered) == (LIT, b"one", 1, 1)
    assert first.headers["Nats-Msg-Id"] == "a"
    assert first.headers["note"] == "one"
    assert first.stored_at <= second.stored_at


async def test_a_pull_for_more_than_there_is_returns_what_there_is(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"one")
    async with asyncio.timeout(SOON_S):
        assert len(await streams.pull(KEEPER, 100, 10 * SOON_S)) == 1


async def test_a_pull_takes_no_more_than_it_asked_for(streams: Streams, teller: Teller) -> None:
    for each in (b"one", b"two", b"three"):
        await teller.tell(each)

    assert bodies(await streams.pull(KEEPER, 2, SOON_S)) == [b"one", b"two"]
    assert bodies(await streams.pull(KEEPER, 2, SOON_S)) == [b"three"]


async def test_a_pull_waits_for_the_first_that_comes(streams: Streams, teller: Teller) -> None:
    pulling = asyncio.create_task(streams.pull(KEEPER, 10, 10 * SOON_S))
    await _until_somebody_waits(streams)
    await teller.tell(b"at last")

    async with asyncio.timeout(SOON_S):
        assert bodies(await pulling) == [b"at last"]


async def test_where_nothing_comes_a_pull_ends_with_nothing(streams: Streams) -> None:
    assert await streams.pull(KEEPER, 10, 0.1) == []


async def test_each_consumer_is_given_all_there_is(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"one")

    assert bodies(await streams.pull(KEEPER, 10, SOON_S)) == [b"one"]
    assert bodies(await streams.pull(DIARY, 10, SOON_S)) == [b"one"]


async def test_a_consumer_is_given_again_what_it_alone_is_to_have(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"again", subject="again.keeper.lamp.lit.v1.0")

    assert bodies(await streams.pull(KEEPER, 10, SOON_S)) == [b"again"]
    assert await streams.pull(DIARY, 10, 0.1) == []


async def test_two_that_pull_share_the_work(streams: Streams, teller: Teller, grounds: Grounds) -> None:
    other = Streams(await grounds.connect())
    for number in range(40):
        await teller.tell(str(number).encode())
    mine, theirs = await asyncio.gather(*(_some(each) for each in (streams, other)))

    assert sorted(mine + theirs) == sorted(str(number).encode() for number in range(40))
    assert await streams.pull(KEEPER, 10, 0.1) == []


async def test_a_pull_that_was_given_up_takes_nothing_with_it(streams: Streams, teller: Teller) -> None:
    pulling = asyncio.create_task(streams.pull(KEEPER, 10, 10 * SOON_S))
    await _until_somebody_waits(streams)
    pulling.cancel()
    await asyncio.gather(pulling, return_exceptions=True)
    await streams.bus.flush(within=SOON_S)
    await teller.tell(b"one")
    (pulled,) = await streams.pull(KEEPER, 10, SOON_S)

    assert (pulled.data, pulled.delivered) == (b"one", 1)


async def test_nothing_is_left_waiting_of_pulls_that_ended(streams: Streams, teller: Teller) -> None:
    await streams.pull(KEEPER, 10, 0.1)
    await teller.tell(b"one")
    await streams.pull(KEEPER, 10, 0.1)

    async with asyncio.timeout(SOON_S):
        while (await streams.consumer(KEEPER)).waiting:
            await asyncio.sleep(0.05)


async def test_of_a_partition_in_order_the_next_waits_for_the_one_before(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"one", BROKEN)
    await teller.tell(b"two", BROKEN)
    (one,) = await streams.pull(IN_ORDER, 1, SOON_S)

    assert await streams.pull(IN_ORDER, 1, 0.2) == []
    await streams.done(one)
    assert bodies(await streams.pull(IN_ORDER, 1, SOON_S)) == [b"two"]


async def test_one_that_failed_comes_before_the_next_of_its_partition(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"one", BROKEN)
    await teller.tell(b"two", BROKEN)
    (one,) = await streams.pull(IN_ORDER, 1, SOON_S)
    await streams.again(one, 0.1)

    taken = await pulled_until(streams, IN_ORDER, lambda taken: len(taken) == 2)
    assert [(each.data, each.delivered) for each in taken] == [(b"one", 2), (b"two", 1)]


async def test_where_there_is_no_consumer_it_is_said(streams: Streams) -> None:
    with pytest.raises(NoSuchConsumer, match="consumer not found"):
        await streams.pull("nobody", 1, 0.2)


async def test_where_there_is_no_stream_it_is_said(bus: Bus) -> None:
    with pytest.raises(NoSuchStream, match="stream not found"):
        await Streams(bus).pull(KEEPER, 1, 0.2)


async def test_whoever_pulls_is_told_when_the_consumer_goes(streams: Streams) -> None:
    pulling = asyncio.create_task(streams.pull(KEEPER, 10, 10 * SOON_S))
    await _until_somebody_waits(streams)
    await streams.bus.request(f"$JS.API.CONSUMER.DELETE.{EVENTS}.{KEEPER}", b"", within=SOON_S)

    async with asyncio.timeout(SOON_S):
        with pytest.raises(NoSuchConsumer):
            await pulling


async def _some(streams: Streams) -> list[bytes]:
    taken: list[bytes] = []
    while batch := await streams.pull(KEEPER, 3, 0.5):
        for each in batch:
            await streams.done(each)
        taken += bodies(batch)
    return taken


async def _until_somebody_waits(streams: Streams) -> None:
    async with asyncio.timeout(SOON_S):
        while not (await streams.consumer(KEEPER)).waiting:
            await asyncio.sleep(0.01)
