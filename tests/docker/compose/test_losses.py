"""What is lost and comes back, and what may be lost without anybody's noticing."""

import asyncio
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from flowkit.telemetry import names

from tests.integration.chaos.load import Load
from tests.integration.chaos.system import true_within

from .crowd import balancer_of, people_of, traffic_of
from .engine import Container, docker
from .project import SERVICES, Project
from .readiness import READY_WITHIN_S, is_ready, ready

WATCHING = ("otel-collector", "tempo", "loki", "prometheus", "grafana")
CLIENTS, RATE = 8, 80
FLAT_OUT = 100_000
# One round alone is at the mercy of what else the machine does; the ratio of the medians of six is not.
ROUNDS, ROUND_S = 6, 2.5
AT_LEAST = 0.8


async def kill(container: Container, image: str) -> None:
    """As the kernel does when memory is short; a kill of the engine's own it takes for an order to stay away."""
    told = f"import os; os.kill({container.pid}, 9)"
    privileges = ("--pid", "host", "--user", "0", "--network", "none", "--entrypoint", "python")
    await docker("run", "--rm", *privileges, image, "-I", "-c", told)


async def is_not_ready(container: Container) -> bool:
    return not await is_ready(container)


async def restarted(project: Project, before: Container) -> Container:
    async with asyncio.timeout(READY_WITHIN_S):
        while (now := await project.container(before.service)).told["RestartCount"] == before.told["RestartCount"]:
            await asyncio.sleep(0.1)
    return now


async def word_of(project: Project, container: Container, event: str) -> dict[str, Any]:
    async with asyncio.timeout(READY_WITHIN_S):
        while not (said := [each for each in await project.lines(container) if each["event"] == event]):
            await asyncio.sleep(0.1)
    return said[-1]


async def test_a_killed_service_comes_back_by_itself(project: Project, tell: Callable[[str], None]) -> None:
    before, began = await project.container("customer"), time.monotonic()

    await kill(before, before.told["Config"]["Image"])
    back = await restarted(project, before)
    await ready(back)

    tell(f"ready {time.monotonic() - began:.1f} s after it was killed")
    assert back.told["RestartCount"] == before.told["RestartCount"] + 1
    async with people_of(project) as people:
        assert (await people.new_customer()).token


async def test_a_service_that_comes_back_tells_what_the_killed_one_was_doing(
    project: Project, tell: Callable[[str], None]
) -> None:
    traffic, balancer = await traffic_of(project), await balancer_of(project)
    before = await project.container("customer")
    async with Load(balancer, traffic.mix, CLIENTS, FLAT_OUT).running():
        await kill(before, before.told["Config"]["Image"])
    back = await restarted(project, before)
    await ready(back)

    died = await word_of(project, back, names.PROCESS_DIED)
    tell(f"{died['cut_off']} spans were cut off and {died['unsent']} unsent: {died['youngest']}")
    assert died["cut_off"] + died["unsent"] > 0


async def test_without_nats_no_service_claims_to_be_well(project: Project) -> None:
    services = await project.containers(*SERVICES)
    await project.compose("stop", "nats")
    for container in services:
        await true_within(READY_WITHIN_S, partial(is_not_ready, container), f"{container.name} is not ready")

    await project.compose("start", "nats")

    for container in services:
        await ready(container)


async def test_whoever_watches_may_stop_at_any_time(project: Project, tell: Callable[[str], None]) -> None:
    running = [each.service for each in await project.containers(*WATCHING)]
    traffic, balancer = await traffic_of(project), await balancer_of(project)
    async with Load(balancer, traffic.mix, CLIENTS, RATE).running() as tally:
        for service in running:
            await project.compose("stop", service)
        await asyncio.sleep(ROUND_S)
        await project.compose("start", *running)

    tell(f"{tally}; stopped meanwhile: {', '.join(running)}; not to be had here: {', '.join(project.absent) or 'none'}")
    assert set(running) == (await project.services() & set(WATCHING)) - project.absent
    assert not tally.failed, tally.failed[0]


async def test_requests_are_as_fast_when_the_collectors_name_is_unknown(
    project: Project, tell: Callable[[str], None]
) -> None:
    traffic, balancer = await traffic_of(project), await balancer_of(project)
    with_it: list[float] = []
    without_it: list[float] = []
    for _ in range(ROUNDS):
        with_it.append(await throughput(Load(balancer, traffic.mix, CLIENTS, FLAT_OUT)))
        await project.compose("stop", "otel-collector")
        without_it.append(await throughput(Load(balancer, traffic.mix, CLIENTS, FLAT_OUT)))
        await project.compose("start", "otel-collector")

    ratio = statistics.median(without_it) / statistics.median(with_it)
    rounds = ", ".join(f"{less / more:.2f}" for less, more in zip(without_it, with_it, strict=True))
    tell(f"{ratio:.2f} of the throughput with it (rounds: {rounds})")
    assert ratio > AT_LEAST


async def throughput(load: Load) -> float:
    """Requests a second, all of them answered as they should be."""
    async with load.running() as tally:
        await asyncio.sleep(ROUND_S)
        done = len(tally.outcomes)
    assert not tally.failed, tally.failed[0]
    return done / ROUND_S
