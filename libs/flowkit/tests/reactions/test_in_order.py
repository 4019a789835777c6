"""Where a contract asks for it the next of a key is given only after the one before; else as much as may be at once."""

import asyncio
from collections import defaultdict

from flowkit.bus import Bus
from flowkit.call import Call

from .scenes import ADA, BOB, QUICK, Diary, Visited, counted, said, scene, visited


async def test_what_is_ordered_waits_for_the_one_before_it_however_often_that_fails(bus: Bus) -> None:
    tries: defaultdict[str, int] = defaultdict(int)

    async def stumbling(event: Visited, _: Call, tx: Diary) -> None:
        tries[event.said] += 1
        if tries[event.said] < 3 and event.said.endswith("0"):
            raise ValueError
        await tx.write(event.said)

    async with scene(bus, stumbling) as one, scene(bus, stumbling, diary=one.diary):
        for n in range(12):
            for guest, name in ((ADA, "ada"), (BOB, "bob")):
                await one.tell(said(f"{name} {n:02}", guest), counted)
        await one.until(lambda: len(one.diary.lines) == 24)

    for name in ("ada", "bob"):
        assert [line for line in one.diary.lines if name in line] == [f"{name} {n:02}" for n in range(12)]


async def test_what_is_not_ordered_does_not_wait(bus: Bus) -> None:
    is_over = asyncio.Event()

    async def first_last(event: Visited, _: Call, tx: Diary) -> None:
        if event.said == "first":
            await is_over.wait()
        await tx.write(event.said)
        if event.said == "last":
            is_over.set()

    async with scene(bus, first_last) as host:
        for text in ("first", "second", "last"):
            await host.tell(said(text))

        await host.written("first", "second", "last")


async def test_no_more_run_at_once_than_are_allowed_whatever_they_react_to(bus: Bus) -> None:
    running, most, all_turns_are_taken = 0, 0, asyncio.Event()

    async def counting(event: Visited, _: Call, tx: Diary) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == QUICK.concurrency:
            all_turns_are_taken.set()
        await all_turns_are_taken.wait()
        await asyncio.sleep(0.01)
        running -= 1
        await tx.write(event.said)

    async with scene(bus, counting) as host:
        for n in range(30):
            await host.tell(said(f"{n}"))
            await host.tell(said(f"ordered {n}"), counted)

        await host.written(*(f"{n}" for n in range(30)), *(f"ordered {n}" for n in range(30)))
    assert most == QUICK.concurrency


async def test_instances_share_the_work_and_none_is_done_twice(bus: Bus) -> None:
    async with scene(bus) as one, scene(bus, diary=one.diary) as other:
        for n in range(60):
            await one.tell(said(f"{n}"))

        await one.written(*(f"{n}" for n in range(60)))
    done = [each.figure("events_handled_total", event=visited.name, outcome="done") for each in (one, other)]
    assert sum(done) == 60
