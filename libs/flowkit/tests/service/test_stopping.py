"""Stopping on a real server: what was accepted is answered, what is queued is answered, the rest is refused at once."""

import asyncio
import time
from collections import Counter

import pytest
from flowkit.call import Call
from flowkit.service import Limits
from nats.aio.client import Client
from nats.errors import NoRespondersError

from .stage import REQUEST, Greeted, Greeting, stage


async def outcome(asker: Client) -> int:
    """The status of the answer; 0 where nobody listened any more, which says that nothing ran."""
    try:
        reply = await asker.request("test.greet", REQUEST, timeout=20)
    except NoRespondersError:
        return 0
    return 200 if b'"status":200' in reply.data else 503


async def test_what_runs_and_what_waits_is_answered_before_the_end(nats_url: str) -> None:
    release = asyncio.Event()

    async def hold(request: Greeting, _: Call) -> Greeted:
        await release.wait()
        return Greeted(text=request.name)

    async with stage(nats_url, hold, Limits(concurrency=2, waiting=8)) as scene, asyncio.TaskGroup() as group:
        served = [group.create_task(outcome(scene.asker)) for _ in range(10)]
        await scene.until(running=2, waiting=8)
        await scene.runtime.leave()
        finishing = group.create_task(scene.runtime.finish())
        assert await outcome(scene.asker) == 0
        assert not finishing.done()
        release.set()

    assert [task.result() for task in served] == [200] * 10


async def test_under_load_every_request_is_answered_or_reaches_nobody(nats_url: str) -> None:
    async def briefly(request: Greeting, _: Call) -> Greeted:
        await asyncio.sleep(0.002)
        return Greeted(text=request.name)

    stopped = asyncio.Event()

    async def keep_asking(asker: Client, seen: Counter[int]) -> None:
        while not stopped.is_set():
            seen[await outcome(asker)] += 1

    seen: Counter[int] = Counter()
    async with stage(nats_url, briefly, Limits(concurrency=8, waiting=64)) as scene, asyncio.TaskGroup() as group:
        for _ in range(32):
            group.create_task(keep_asking(scene.asker, seen))
        while seen[200] < 500:
            await asyncio.sleep(0)
        await scene.runtime.leave()
        await scene.runtime.finish()
        while not seen[0]:
            await asyncio.sleep(0)
        stopped.set()

    assert seen[200] >= 500
    assert seen.keys() <= {0, 200, 503}


async def test_a_stop_cut_short_answers_what_is_left(nats_url: str) -> None:
    async def never(_: Greeting, __: Call) -> Greeted:
        await asyncio.Event().wait()
        raise AssertionError

    async with stage(nats_url, never, Limits(concurrency=1, waiting=3)) as scene:
        asked = [asyncio.create_task(scene.ask()) for _ in range(4)]
        await scene.until(running=1, waiting=3)
        await scene.runtime.leave()
        cut_short = time.monotonic()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(scene.runtime.finish(), 0.01)
        replies = await asyncio.gather(*asked)

    assert Counter(reply.told for reply in replies) == {
        (500, "INTERNAL_ERROR", "Unexpected error"): 1,
        (503, "SERVICE_UNAVAILABLE", "Service unavailable"): 3,
    }
    assert max(reply.at for reply in replies) - cut_short < 5
