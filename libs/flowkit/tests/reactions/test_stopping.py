"""An instance that stops loses nothing and keeps nobody waiting."""

import asyncio

import pytest
from flowkit.bus import Bus
from flowkit.call import Call

from .scenes import QUICK, Diary, Visited, said, scene


async def test_what_runs_is_finished_and_what_waits_is_given_to_another(bus: Bus) -> None:
    may_go_on = asyncio.Event()

    async def held(event: Visited, _: Call, tx: Diary) -> None:
        await may_go_on.wait()
        await tx.write(event.said)

    every = [f"{n}" for n in range(3 * QUICK.concurrency)]
    async with scene(bus, held) as stopping:
        for text in every:
            await stopping.tell(said(text))
        await stopping.until(lambda: stopping.reactions.in_hand == 2 * QUICK.concurrency)
        await stopping.reactions.leave()
        async with scene(bus) as other:
            await other.until(lambda: len(other.diary.lines) == 2 * QUICK.concurrency)
            may_go_on.set()
            await stopping.reactions.finish()
            await other.finished()

    assert len(stopping.diary.lines) == QUICK.concurrency
    assert sorted(stopping.diary.lines + other.diary.lines) == sorted(every)


async def test_what_is_still_running_when_time_is_up_is_undone_and_given_to_another(bus: Bus) -> None:
    async def for_ever(event: Visited, _: Call, tx: Diary) -> None:
        await tx.write(event.said)
        await asyncio.Event().wait()

    async with scene(bus, for_ever) as stopping:
        await stopping.tell(said("hello"))
        await stopping.until(lambda: stopping.diary.opened)
        await stopping.reactions.leave()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stopping.reactions.finish(), 0.1)
        async with scene(bus) as other:
            await other.written("hello")

    assert stopping.diary.lines == []
    assert stopping.reactions.in_hand == 0


async def test_nothing_is_pulled_any_more(bus: Bus) -> None:
    async with scene(bus) as stopping:
        await stopping.reactions.leave()
        await stopping.reactions.finish()
        await stopping.tell(said("hello"))
        async with scene(bus) as other:
            await other.written("hello")

    assert stopping.diary.lines == []


async def test_who_has_not_started_stops_as_well(bus: Bus) -> None:
    async with scene(bus) as host:
        pass
    await host.reactions.leave()
    await host.reactions.finish()
