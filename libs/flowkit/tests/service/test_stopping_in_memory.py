"""Stopping, where the bus hands over what it holds: nothing is left without an answer."""

import asyncio
from collections.abc import Awaitable

import pytest
from flowkit.call import Call
from flowkit.contract import Fault, FlowError, Unavailable
from flowkit.service import Limits

from .scenes import ADA, politely, scene
from .stage import Greeted, Greeting, greet


async def test_what_was_accepted_and_what_was_queued_is_answered_on_stop() -> None:
    release = asyncio.Event()

    async def hold(request: Greeting, call: Call) -> Greeted:
        await release.wait()
        return await politely(request, call)

    async with scene(hold, Limits(concurrency=2, waiting=10)) as stage, asyncio.TaskGroup() as group:
        served = [group.create_task(stage.client.call(greet, ADA)) for _ in range(6)]
        while stage.runtime.gate.waiting < 4:
            await asyncio.sleep(0)
        await stage.runtime.leave()
        group.create_task(stage.runtime.finish())
        with pytest.raises(Unavailable):
            await stage.client.call(greet, ADA)
        release.set()
    assert [task.result().text for task in served] == ["Hello Ada"] * 6


async def test_what_is_left_when_stopping_is_cut_short_is_answered_too() -> None:
    async def hold(_: Greeting, __: Call) -> Greeted:
        await asyncio.Event().wait()
        return Greeted(text="never")

    async with scene(hold) as stage, asyncio.TaskGroup() as group:
        outcome = group.create_task(_error_of(stage.client.call(greet, ADA)))
        while stage.runtime.in_flight < 1:
            await asyncio.sleep(0)
        await stage.runtime.leave()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stage.runtime.finish(), 0.05)
    assert isinstance(outcome.result(), Fault)


async def _error_of(call: Awaitable[object]) -> FlowError | None:
    try:
        await call
    except FlowError as error:
        return error
    return None
