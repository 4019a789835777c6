"""An event of which two versions are told: each is read for itself, and their figures are one event's."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from flowkit.bus import Bus
from flowkit.call import Call
from flowkit.contract import Event, Participant
from flowkit.reactions import Reactions
from flowkit.service import on
from flowkit.streams import Streams
from flowkit.telemetry.metrics import Metrics

from .scenes import QUICK, TRACING, Diary, Scene, Told, Visited, said, streams_kept, visited

later = replace(visited, version=2)
PARTICIPANTS = (Participant("host", announces=(visited, later)), Participant("diary", reacts_to=(visited, later)))


async def write(event: Visited, call: Call, tx: Diary) -> None:
    with call.step("Writing it down"):
        await tx.write(event.said)


@pytest.fixture
async def both(empty_bus: Bus) -> AsyncGenerator[Scene]:
    """One that reacts to both, and whose database is away at first."""
    await streams_kept(empty_bus, participants=PARTICIPANTS)
    diary, metrics = Diary(is_away=True), Metrics("diary")
    declared = [on(visited, Told(write), diary), on(later, Told(write), diary)]
    reactions = Reactions("diary", declared, Streams(empty_bus), TRACING, metrics, QUICK)
    reactions.start()
    yield Scene(Streams(empty_bus), diary, reactions, metrics)
    await reactions.leave()
    await reactions.finish()


async def test_what_is_left_of_an_event_is_what_is_left_of_all_its_versions(both: Scene) -> None:
    for event, count in ((visited, 2), (later, 3)):
        for _ in range(count):
            await both.tell(said("hello"), event=event)

    await both.until(lambda: both.figure("events_pending", event=visited.name) == 5)
    await both.until(lambda: both.figure("event_oldest_unfinished_seconds", event=visited.name) > 0)
    both.diary.is_away = False

    await both.until(lambda: len(both.diary.lines) == 5)
    await both.until(lambda: both.figure("events_pending", event=visited.name) == 0)
    await both.until(lambda: both.figure("event_oldest_unfinished_seconds", event=visited.name) == 0)


async def test_what_was_done_when_told_in_one_version_is_not_done_again_when_told_in_the_next(empty_bus: Bus) -> None:
    """A service that reacted to the first is replaced by one that reacts to the second, which was told all along."""
    await streams_kept(empty_bus, participants=PARTICIPANTS)
    diary, streams, metrics = Diary(), Streams(empty_bus), Metrics("diary")

    async def live(event: Event[Visited], tells: str, *, passed_over: int) -> None:
        reactions = Reactions("diary", [on(event, Told(write), diary)], streams, TRACING, metrics, QUICK)
        reactions.start()
        host = Scene(streams, diary, reactions, metrics)
        event_id = await host.tell(said(tells), event=visited)
        await host.tell(said(tells), event=later, event_id=event_id)
        await host.until(lambda: tells in diary.lines)
        duplicates = {"event": visited.name, "outcome": "duplicate"}
        await host.until(lambda: host.figure("events_handled_total", **duplicates) == passed_over)
        await reactions.leave()
        await reactions.finish()

    await live(visited, "one", passed_over=0)
    await live(later, "two", passed_over=1)

    assert diary.lines == ["one", "two"]


async def test_the_steps_of_a_version_are_its_own(both: Scene) -> None:
    both.diary.is_away = False
    await both.tell(said("hello"), event=later)
    await both.until(lambda: both.diary.lines)

    def steps(subject: str) -> float:
        return both.figure("flow_step_duration_seconds_count", flow=subject, step="Writing it down")

    await both.until(lambda: steps(later.subject) == 1)
    assert steps(visited.subject) == 0
