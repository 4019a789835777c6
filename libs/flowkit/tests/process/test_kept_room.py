"""Where room is made it is told how much, and where it is not, why: once."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import msgspec
import pytest
from flowkit.bus import Bus
from flowkit.contract import EVENTS, Event, Fact, Participant
from flowkit.process.kept_room import KeptRoom
from flowkit.streams import Streams
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.streams.room import FILLS, Room
from flowkit.testing.memory_bus import MemoryBroker
from flowkit.testing.streams import left_for
from structlog.testing import capture_logs

SOON_S = 20.0
NO_ROOM = "no room made in the stream"


class LampLit(Fact):
    lamp: str


lit = Event("lamp.lit", LampLit, key=lambda body: body.lamp)
DECLARED = Declared.of([Participant("keeper", reacts_to=(lit,))], StreamOptions(most_bytes=1 << 16))
KEEPER = "keeper-lamp-lit-v1"
LEFT_OVER = "porter-lamp-lit-v1"


@pytest.fixture
async def bus() -> AsyncGenerator[Bus]:
    bus = MemoryBroker().connect()
    assert not await Keeping(bus, DECLARED).keep()
    yield bus
    await bus.close()


@pytest.fixture
def kept(bus: Bus) -> KeptRoom:
    return KeptRoom(Room.of(bus, DECLARED))


async def filled(bus: Bus) -> int:
    """And the place of the last."""
    streams = Streams(bus)
    while (standing := await streams.info(EVENTS)).share <= FILLS:
        await streams.publish(f"{lit.subject}.0", b"x" * 1000, headers={}, within=SOON_S)
    return standing.last


async def acted_on(bus: Bus, reader: str = KEEPER) -> None:
    streams = Streams(bus)
    while await left_for(streams, reader):
        for pulled in await streams.pull(reader, 10, SOON_S):
            await streams.done(pulled)


async def left_over(bus: Bus) -> None:
    config = {"durable_name": LEFT_OVER, "ack_policy": "explicit", "filter_subjects": [f"{lit.subject}.*"]}
    asked = msgspec.json.encode({"stream_name": EVENTS, "config": config})
    await bus.request(f"$JS.API.CONSUMER.CREATE.{EVENTS}.{LEFT_OVER}", asked, within=SOON_S)


async def looked(kept: KeptRoom, times: int = 1) -> Sequence[Mapping[str, Any]]:
    with capture_logs() as lines:
        for _ in range(times):
            await kept.look()
    return lines


async def test_where_there_is_room_nothing_is_told(kept: KeptRoom) -> None:
    assert await looked(kept) == []
    assert kept.removed == 0


async def test_what_goes_is_told_and_counted(bus: Bus, kept: KeptRoom) -> None:
    last = await filled(bus)
    await acted_on(bus)
    before = (await Streams(bus).info(EVENTS)).messages

    (line,) = await looked(kept, times=3)

    standing = await Streams(bus).info(EVENTS)
    assert (line["event"], line["log_level"]) == ("room made in the stream", "info")
    assert line["removed"] == kept.removed == before - standing.messages > 0
    assert (line["up_to"], line["full"]) == (standing.first - 1, round(standing.share, 2))
    assert standing.last == last


async def test_who_has_not_acted_on_it_is_told_once_and_again_where_it_stands_still_anew(
    bus: Bus, kept: KeptRoom
) -> None:
    await filled(bus)
    (line,) = await looked(kept, times=3)
    assert line.items() >= {"event": NO_ROOM, "log_level": "warning", "held_by": KEEPER, "acted_on_up_to": 0}.items()
    assert line["full"] > FILLS
    assert line["reason"] == "it has not acted on what follows"

    await acted_on(bus)
    assert [line["event"] for line in await looked(kept)] == ["room made in the stream"]
    told = list[str]()
    for _ in range(6):
        await filled(bus)
        told += [line["event"] for line in await looked(kept)]
    assert told.index(NO_ROOM) == len(told) - 1


async def test_one_that_nobody_declares_is_told_as_such(bus: Bus, kept: KeptRoom) -> None:
    await left_over(bus)
    await filled(bus)
    await acted_on(bus)

    (line,) = await looked(kept)
    assert line["held_by"] == LEFT_OVER
    assert line["reason"].endswith("nobody declares it: if nobody needs it, remove it")


async def test_one_that_is_not_there_is_told_as_such(bus: Bus, kept: KeptRoom) -> None:
    await filled(bus)
    await Streams(bus).forget(KEEPER)

    (line,) = await looked(kept)
    assert line["held_by"] == KEEPER
    assert line["reason"] == "it is declared and not there, and would begin with the first"


async def test_what_the_server_says_against_it_is_told_once(bus: Bus, kept: KeptRoom) -> None:
    await filled(bus)
    await acted_on(bus)
    denied = msgspec.json.encode({**DECLARED.streams[0], "deny_purge": True})
    await bus.request(f"$JS.API.STREAM.UPDATE.{EVENTS}", denied, within=SOON_S)

    (line,) = await looked(kept, times=3)
    assert (line["event"], line["reason"]) == (NO_ROOM, "stream purge not permitted (10110)")
    assert kept.removed == 0
