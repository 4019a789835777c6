"""A stream that takes little goes on taking what is told, for as long as all is acted on; else nothing is lost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from flowkit.contract import EVENTS
from flowkit.process.kept_room import KeptRoom
from flowkit.process.kept_streams import kept_streams
from flowkit.servers import NatsServer
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.streams.room import FILLS, Room

from .notes import PARTICIPANTS, KeepNote, noted
from .way import LONG, Told, Way, a_way

LITTLE = StreamOptions(most_bytes=1 << 16)
DECLARED = Declared.of(PARTICIPANTS, LITTLE)
AT_ONCE = 20
ALARMING = 0.8
"""As the alert StreamFills has it."""

pytestmark = pytest.mark.timeout(240)


@asynccontextmanager
async def seen_to(way: Way) -> AsyncGenerator[KeptRoom]:
    """As auth does, and more often."""
    room = KeptRoom(Room.of(way.bus, DECLARED), every=0.05)
    async with kept_streams(way.bus, Keeping(way.bus, DECLARED), room):
        yield room


async def told(way: Way, first: int, number: int = AT_ONCE) -> list[Told]:
    return await asyncio.gather(*(way.tell(f"{n:04}") for n in range(first, first + number)))


async def share(way: Way) -> float:
    return (await way.streams.info(EVENTS)).share


async def until_there_is_room(way: Way) -> None:
    async with asyncio.timeout(LONG):
        while await share(way) > FILLS:
            await asyncio.sleep(0.02)


async def test_what_is_told_is_never_refused_though_it_is_many_times_what_fits(
    database_url: str, nats: NatsServer
) -> None:
    async with (
        a_way(database_url, nats.url, LITTLE) as way,
        way.relayed(),
        way.acted_on(noted, KeepNote()),
        seen_to(way) as room,
    ):
        notes = list[str]()
        while room.removed < 3 * LITTLE.most_bytes / 600:
            notes += [each.note for each in await told(way, len(notes))]
            await way.finished()
            await until_there_is_room(way)

        assert way.figure("event_publish_failures_total", event=noted.name) == 0
        assert await way.notes() == notes
        assert len(await way.stored()) < len(notes) / 2


async def test_what_a_stopped_reader_has_yet_to_act_on_stays_and_once_it_is_back_there_is_room(
    database_url: str, nats: NatsServer
) -> None:
    async with a_way(database_url, nats.url, LITTLE) as way, way.relayed(), seen_to(way) as room:
        everything = await told(way, 0, 200)
        await way.until(lambda: way.figure("event_publish_failures_total", event=noted.name) > 0)
        assert await share(way) > ALARMING
        assert room.removed == 0

        async with way.acted_on(noted, KeepNote()):
            await way.finished()
            await until_there_is_room(way)

        assert await way.notes() == [each.note for each in everything]
        assert room.removed > 0
