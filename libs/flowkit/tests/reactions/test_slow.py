"""Slow work stays with whoever has it; work without an end has one."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

import pytest
from flowkit import chores
from flowkit.bus import Bus
from flowkit.call import Call
from flowkit.contract import DEAD_LETTERS
from flowkit.streams import Pulled, Streams
from flowkit.streams.declared import StreamOptions
from flowkit.wire import headers
from structlog.testing import capture_logs

from .scenes import QUICK, Diary, Story, Visited, said, scene, streams_kept


def deaf_until(over: asyncio.Event) -> Story:
    """As a library is that takes a cancellation for a fault of its own."""

    async def be_deaf(_: Visited, __: Call, ___: Diary) -> None:
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()

    return be_deaf


async def test_what_takes_longer_than_the_server_waits_is_given_to_nobody_else(empty_bus: Bus) -> None:
    await streams_kept(empty_bus, StreamOptions(ack_wait_s=3.0))
    starts: list[str] = []

    async def slowly(event: Visited, _: Call, tx: Diary) -> None:
        starts.append(event.said)
        await asyncio.sleep(4.5)
        await tx.write(event.said)

    async with scene(empty_bus, slowly) as one, scene(empty_bus, slowly, diary=one.diary):
        await one.tell(said("hello"))

        await one.written("hello")
    assert starts == ["hello"]


async def test_keeping_it_in_hand_goes_on_whatever_goes_wrong_with_that_once(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    said_so = Streams.working
    goes_on, faults = asyncio.Event(), [LookupError("what is this?")]

    async def working(streams: Streams, pulled: Pulled) -> None:
        if faults:
            raise faults.pop()
        await said_so(streams, pulled)
        goes_on.set()

    async def slowly(event: Visited, _: Call, tx: Diary) -> None:
        await goes_on.wait()
        await tx.write(event.said)

    monkeypatch.setattr(Streams, "working", working)
    monkeypatch.setattr(chores, "AGAIN_S", 0.0)
    with capture_logs() as lines:
        async with scene(bus, slowly) as host:
            await host.tell(said("hello"))
            await host.written("hello")
    assert [line["chore"] for line in lines if line["log_level"] == "error"] == ["keeping events in hand"]


async def test_what_is_not_over_by_its_deadline_has_failed(bus: Bus) -> None:
    tries: list[float] = []

    async def once_too_long(event: Visited, call: Call, tx: Diary) -> None:
        tries.append(call.deadline.left)
        await tx.write(event.said)
        if len(tries) == 1:
            await asyncio.Event().wait()

    async with scene(bus, once_too_long, replace(QUICK, deadline_s=0.3)) as host:
        await host.tell(said("hello"))

        await host.written("hello")
    assert len(tries) == 2
    assert 0 < tries[0] <= 0.3


async def test_what_does_not_end_when_told_to_is_left_to_another_and_its_process_gives_way(empty_bus: Bus) -> None:
    await streams_kept(empty_bus, StreamOptions(ack_wait_s=1.0))
    over, ways = asyncio.Event(), list[str]()

    options = replace(QUICK, deadline_s=0.3)
    with capture_logs() as lines:
        async with scene(empty_bus, deaf_until(over), options, give_way=lambda: ways.append("gave way")) as deaf:
            event_id = await deaf.tell(said("hello"))
            await deaf.until(lambda: ways)
            async with scene(empty_bus, options=options) as other:
                await other.until(lambda: other.diary.lines == ["hello"])
            over.set()

    assert ways == ["gave way"]
    assert [line["event_id"] for line in lines if line["event"].startswith("ending")] == [event_id]


async def test_what_does_not_end_whoever_takes_it_on_is_put_aside_after_as_many_as_may_fail(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of those processes ended, and what it had counted with it."""
    over, ways = asyncio.Event(), list[str]()

    taken = Streams.pull

    async def pull(streams: Streams, consumer: str, most: int, within: float) -> list[Pulled]:
        return [replace(each, delivered=QUICK.attempts) for each in await taken(streams, consumer, most, within)]

    monkeypatch.setattr(Streams, "pull", pull)
    options = replace(QUICK, deadline_s=0.1)
    async with scene(bus, deaf_until(over), options, give_way=lambda: ways.append("gave way")) as deaf:
        event_id = await deaf.tell(said("hello"))
        (letter,) = await deaf.dead()
        await deaf.until(lambda: ways)
        over.set()

    told = letter.headers
    assert (told[headers.EVENT_ID], told[headers.DEAD_REASON]) == (event_id, "abandoned")
    assert told[headers.DEAD_FAULT] == "ERROR: it does not end when told to"
    assert deaf.figure("events_dead_total", event="test.visited", reason="abandoned") == 1


async def test_where_its_letter_cannot_be_stored_its_process_gives_way_all_the_same(empty_bus: Bus) -> None:
    await streams_kept(empty_bus, but=DEAD_LETTERS)
    over, ways = asyncio.Event(), list[str]()

    options = replace(QUICK, deadline_s=0.1, attempts=1)
    async with scene(empty_bus, deaf_until(over), options, give_way=lambda: ways.append("gave way")) as deaf:
        await deaf.tell(said("hello"))
        await deaf.until(lambda: ways)
        over.set()

    assert ways == ["gave way"]


async def test_however_short_the_deadline_what_keeps_it_ends_no_process(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks comes by much more rarely, and finds somebody at work each time."""
    said_so, ways = Streams.working, list[str]()
    looked: set[str] = set()

    async def working(streams: Streams, pulled: Pulled) -> None:
        looked.add(pulled.acknowledge)
        await said_so(streams, pulled)

    async def quickly(event: Visited, _: Call, tx: Diary) -> None:
        await asyncio.sleep(0.01)
        await tx.write(event.said)

    monkeypatch.setattr(Streams, "working", working)
    options = replace(QUICK, deadline_s=0.03, attempts=1000)
    async with scene(bus, quickly, options, give_way=lambda: ways.append("gave way")) as host:
        while len(looked) < 60 and not ways:
            await asyncio.gather(*(host.tell(said("hello")) for _ in range(24)))
            await host.until(lambda: host.reactions.in_hand < 12)

    assert ways == []


async def test_a_process_that_stood_still_has_not_been_at_it_meanwhile(bus: Bus) -> None:
    ways = list[str]()

    async def stand_still(event: Visited, _: Call, tx: Diary) -> None:
        time.sleep(1.5)  # noqa: ASYNC251  as a process does that is given no time
        await asyncio.sleep(0.3)
        await tx.write(event.said)

    async with scene(
        bus, stand_still, replace(QUICK, deadline_s=0.5), give_way=lambda: ways.append("gave way")
    ) as host:
        await host.tell(said("hello"))
        await host.until(lambda: host.again)

    assert ways == []


async def test_a_reaction_that_ends_the_process_has_only_failed(bus: Bus) -> None:
    tries: list[str] = []

    async def rash(event: Visited, _: Call, tx: Diary) -> None:
        tries.append(event.said)
        await tx.write(event.said)
        if len(tries) == 1:
            raise SystemExit

    async with scene(bus, rash) as host:
        await host.tell(said("hello"))

        await host.written("hello")
