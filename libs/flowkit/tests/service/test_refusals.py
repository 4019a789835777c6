"""What a service does not run, on a real server, is refused at once."""

import asyncio
import time
from statistics import median

import pytest
from flowkit.call import Call
from flowkit.service import Limits

from .stage import REQUEST, Greeted, Greeting, stage

FAST_S = 0.05
ROUNDS = 20
LATE = (504, "TIMEOUT", "No answer in time")
AWAY = (503, "SERVICE_UNAVAILABLE", "Service unavailable")
UNFIT = {
    "no payload": b"",
    "no JSON": b"{",
    "invalid UTF-8": b'{"name":"\xff"}',
    "a wrong type": b'{"name":1}',
    "an unknown field": b'{"name":"Ada","x":1}',
    "deep nesting": b'{"name":' + b"[" * 100_000,
}
EXPIRED = {"a budget of nothing": "flow_timeout_ms", "a deadline that has passed": "flow_deadline"}


@pytest.mark.parametrize("data", UNFIT.values(), ids=UNFIT.keys())
async def test_what_does_not_fit_is_refused_within_50_ms(nats_url: str, data: bytes) -> None:
    await refused_at_once(nats_url, data, (400, "VALIDATION_ERROR", "Invalid input"))


@pytest.mark.parametrize("header", EXPIRED.values(), ids=EXPIRED.keys())
async def test_what_came_too_late_is_refused_within_50_ms(nats_url: str, header: str) -> None:
    await refused_at_once(nats_url, REQUEST, LATE, **{header: "0"})


async def test_a_forged_identity_is_refused_within_50_ms(nats_url: str) -> None:
    told = (401, "UNAUTHORIZED", "Not authenticated")
    await refused_at_once(nats_url, REQUEST, told, subject="test.guarded", flow_identity="forged")


async def refused_at_once(nats_url: str, data: bytes, told: tuple[int, str, str], **sent_with: str) -> None:
    """Refused, and the flow was not run."""
    ran: list[Greeting] = []

    async def story(request: Greeting, _: Call) -> Greeted:
        ran.append(request)
        return Greeted(text=request.name)

    async with stage(nats_url, story) as scene:
        waits: list[float] = []
        for _ in range(ROUNDS):
            sent = time.monotonic()
            reply = await scene.ask(data, **sent_with)
            waits.append(reply.at - sent)
            assert reply.told == told

    assert ran == []
    assert median(waits) < FAST_S


async def test_past_the_waiting_line_a_request_is_refused_within_50_ms(nats_url: str) -> None:
    release = asyncio.Event()

    async def hold(request: Greeting, _: Call) -> Greeted:
        await release.wait()
        return Greeted(text=request.name)

    async with stage(nats_url, hold, Limits(concurrency=1, waiting=1)) as scene, asyncio.TaskGroup() as group:
        served = [group.create_task(scene.ask()) for _ in range(2)]
        await scene.until(running=1, waiting=1)
        waits: list[float] = []
        for _ in range(ROUNDS):
            sent = time.monotonic()
            refused = await scene.ask()
            waits.append(refused.at - sent)
            assert refused.told == AWAY
        release.set()

    assert [task.result().told[0] for task in served] == [200, 200]
    assert median(waits) < FAST_S
