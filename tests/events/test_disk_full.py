"""The broker has no room: nothing that was committed is lost, it can be seen, and it goes on once there is room."""

import asyncio
import contextlib
import os
import resource
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from flowkit.contract import EVENTS
from flowkit.servers import NatsServer
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping

from .alert import Alert
from .notes import PARTICIPANTS, KeepNote, noted
from .way import Told, Way, a_way

LITTLE = 50_000
COUNT = 300
IS_LONG = os.environ.get("DISK_FULL_UNTIL_ALERT") == "1"

pytestmark = pytest.mark.timeout(240)


async def told_more_than_fits(way: Way) -> list[Told]:
    return await asyncio.gather(*(way.tell(f"{n:03}") for n in range(COUNT)))


async def until_it_waits(way: Way, request: pytest.FixtureRequest) -> None:
    """And in the long form until OutboxLags would fire, by its own threshold."""
    alert = Alert.named("OutboxLags")
    await way.until(lambda: way.figure("event_publish_failures_total", event=noted.name) > 0)
    await way.until(lambda: way.figure("outbox_rows_waiting") > 0 and way.figure(alert.figure) > 1)
    if not IS_LONG:
        return
    await way.until(lambda: alert.fires(way.figure))
    told = f"OutboxLags: {alert.figure} {way.figure(alert.figure):.0f}, above {alert.above:.0f} for {alert.for_s:.0f} s"
    request.node.user_properties.append(("figure", f"{told}; {len(await way.waiting())} of {COUNT} wait"))


async def assert_all_there_and_acted_on_once(way: Way, told: list[Told]) -> None:
    await way.finished()
    await way.until(lambda: way.figure("outbox_oldest_seconds") == 0)
    stored = Counter(kept.headers["flow-event-id"] for kept in await way.stored())
    assert stored == Counter(each.event_id for each in told)
    assert await way.notes() == sorted(each.note for each in told)


async def test_a_full_stream_is_waited_for_and_gone_on_with_once_it_may_hold_more(
    database_url: str, nats: NatsServer, request: pytest.FixtureRequest
) -> None:
    async with (
        a_way(database_url, nats.url, StreamOptions(most_bytes=LITTLE)) as way,
        way.relayed(),
        way.acted_on(noted, KeepNote()),
    ):
        told = await told_more_than_fits(way)
        await until_it_waits(way, request)
        assert len(await way.waiting()) > COUNT / 3
        standing = await way.streams.info(EVENTS)
        assert standing.bytes / standing.most_bytes > 0.9, "StreamFills tells of it"

        assert not await Keeping(way.bus, Declared.of(PARTICIPANTS, StreamOptions())).keep()

        await assert_all_there_and_acted_on_once(way, told)


@contextmanager
def no_file_larger_than(size: int, server: NatsServer) -> Generator[None]:
    """For each write beyond it fails, as on a disk that is full; the server is the same one, and runs."""
    unlimited, pid = resource.RLIM_INFINITY, int((server.home / "nats.pid").read_text())
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, unlimited))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))


@pytest.mark.skipif(sys.platform != "linux", reason="the limits of another process can be changed on Linux alone")
async def test_a_full_disk_loses_nothing_that_was_committed(
    way: Way, nats: NatsServer, request: pytest.FixtureRequest
) -> None:
    """What NATS could not write once it does not write before it is started anew, however much room there is then."""
    async with way.relayed(), way.acted_on(noted, KeepNote()):
        with no_file_larger_than(LITTLE, nats):
            told = await told_more_than_fits(way)
            await until_it_waits(way, request)
        assert len(await way.waiting()) > COUNT / 3
        await nats.stop()
        await nats.start()

        await assert_all_there_and_acted_on_once(way, told)
