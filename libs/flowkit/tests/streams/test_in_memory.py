"""Of the streams in memory alone: what only a clock that can be moved shows in no time."""

from flowkit.contract import EVENTS
from flowkit.streams import Streams
from flowkit.streams.declared import StreamOptions

from .grounds import KEEPER, SOON_S, MemoryGrounds, Teller, bodies, declare

DAY_S = 24 * 3600.0


async def test_what_is_older_than_it_is_kept_is_gone() -> None:
    grounds = MemoryGrounds()
    bus = await grounds.connect()
    await declare(bus, StreamOptions(days=1))
    streams, teller = Streams(bus), Teller(Streams(bus))
    await teller.tell(b"old")
    await grounds.pass_time(DAY_S / 2)
    await teller.tell(b"newer")
    await grounds.pass_time(DAY_S / 2 + 1)

    assert [each.data for each in await streams.read(EVENTS)] == [b"newer"]
    assert (await streams.consumer(KEEPER)).pending == 1
    assert bodies(await streams.pull(KEEPER, 10, SOON_S)) == [b"newer"]


async def test_who_stood_still_for_an_hour_is_given_all_of_it() -> None:
    grounds = MemoryGrounds()
    bus = await grounds.connect()
    await declare(bus)
    streams, teller = Streams(bus), Teller(Streams(bus))
    for minute in range(60):
        await teller.tell(str(minute).encode())
        await grounds.pass_time(60)

    taken = await streams.pull(KEEPER, 100, SOON_S)
    assert bodies(taken) == [str(minute).encode() for minute in range(60)]
    assert {each.delivered for each in taken} == {1}
