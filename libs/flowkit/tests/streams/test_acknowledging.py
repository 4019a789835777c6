"""What comes again, when, and what does not: in memory and on NATS alike."""

import time

import pytest
from flowkit.bus import Bus
from flowkit.streams import Pulled, Streams
from flowkit.streams.declared import StreamOptions

from .grounds import KEEPER, SOON_S, Grounds, Teller, declare

ACK_WAIT_S = 2.0


@pytest.fixture
async def streams(bus: Bus) -> Streams:
    """Overrides the one that waits for half a minute."""
    await declare(bus, StreamOptions(ack_wait_s=ACK_WAIT_S))
    return Streams(bus)


@pytest.fixture
async def pulled(streams: Streams, teller: Teller) -> Pulled:
    await teller.tell(b"one")
    (pulled,) = await streams.pull(KEEPER, 1, SOON_S)
    return pulled


async def test_what_nobody_says_a_word_about_is_handed_out_again(
    streams: Streams, pulled: Pulled, grounds: Grounds
) -> None:
    await grounds.pass_time(ACK_WAIT_S)
    (again,) = await streams.pull(KEEPER, 1, SOON_S)

    assert (again.place, again.data, again.delivered) == (pulled.place, b"one", 2)
    assert again.headers == pulled.headers
    assert (await streams.consumer(KEEPER)).redelivered == 1


async def test_what_is_done_does_not_come_again(streams: Streams, pulled: Pulled, grounds: Grounds) -> None:
    await streams.done(pulled)
    assert (await streams.consumer(KEEPER)).unacknowledged == 0
    await grounds.pass_time(1.5 * ACK_WAIT_S)

    assert await streams.pull(KEEPER, 1, 0.1) == []


async def test_to_be_done_with_it_twice_is_no_fault(streams: Streams, pulled: Pulled) -> None:
    await streams.done(pulled)
    await streams.done(pulled)

    assert (await streams.consumer(KEEPER)).unacknowledged == 0


async def test_what_is_given_up_does_not_come_again(streams: Streams, pulled: Pulled) -> None:
    await streams.give_up(pulled, "no lamp of ours")

    assert (await streams.consumer(KEEPER)).unacknowledged == 0
    assert await streams.pull(KEEPER, 1, 0.1) == []


async def test_what_is_to_come_again_comes_no_sooner_than_it_was_asked_to(streams: Streams, pulled: Pulled) -> None:
    began = time.monotonic()
    await streams.again(pulled, 0.3)
    (again,) = await streams.pull(KEEPER, 1, SOON_S)

    assert again.delivered == 2
    assert time.monotonic() - began >= 0.3


async def test_what_is_to_come_again_in_a_minute_does_not_come_now(
    streams: Streams, pulled: Pulled, grounds: Grounds
) -> None:
    await streams.again(pulled, 60)
    await grounds.pass_time(1.5 * ACK_WAIT_S)

    assert await streams.pull(KEEPER, 1, 0.1) == []


async def test_what_is_worked_on_does_not_come_again(streams: Streams, pulled: Pulled, grounds: Grounds) -> None:
    for _ in range(8):
        await grounds.pass_time(ACK_WAIT_S / 6)
        await streams.working(pulled)

    assert await streams.pull(KEEPER, 1, 0.1) == []
    await grounds.pass_time(1.1 * ACK_WAIT_S)
    assert [each.delivered for each in await streams.pull(KEEPER, 1, SOON_S)] == [2]


async def test_each_time_it_is_handed_out_is_counted(streams: Streams, pulled: Pulled) -> None:
    counts = [pulled.delivered]
    for _ in range(3):
        await streams.again(pulled, 0)
        (pulled,) = await streams.pull(KEEPER, 1, SOON_S)
        counts.append(pulled.delivered)

    assert counts == [1, 2, 3, 4]
