"""Every process restarted under load, one after the other; nobody notices."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable

import pytest
from flowctl.cluster import Process

from .balancer import ASK_EVERY_S
from .load import Load, Outcome, Tally
from .stopping import refuse_a_stop_cut_short
from .system import System
from .traffic import HEALTHCHECK, Traffic

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

ORDER = ("auth", "admin", "customer", "gateway")
REQUESTS = 5000
EXIT_WITHIN_S = 10.0
# How long a request may have been under way, and the balancer send it more: to come back takes longer.
UNNOTICED_S = 10 * ASK_EVERY_S


@pytest.fixture(scope="module")
async def twins(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[System]:
    async with System.running(tmp_path_factory.mktemp("twins") / ".flow", replicas=2) as system:
        yield system


async def restarted(system: System, process: Process) -> float:
    """End it as a deployment does, wait for the next one; the seconds its end took."""
    pid, began = process.pid, time.monotonic()
    process.terminate()
    code = await process.wait()
    took = time.monotonic() - began
    assert code == 0, f"{process.name} ended with {code}"
    while process.pid == pid:
        await asyncio.sleep(0.01)
    await process.ready()
    return took


async def enough(tally: Tally) -> None:
    while len(tally.outcomes) < REQUESTS:
        await asyncio.sleep(0.05)


async def test_a_rolling_restart_of_everything_fails_no_request(twins: System, tell: Callable[[str], None]) -> None:
    traffic, balancer = await Traffic.of(twins), twins.balancer()
    exits: dict[str, float] = {}
    async with balancer.watching(), Load(balancer, traffic.mix, clients=12, rate=250).running() as tally:
        for process in twins.processes(*ORDER):
            exits[process.name] = await restarted(twins, process)
        await enough(tally)

    tell(f"{tally}; slowest exit {max(exits.values()):.2f} s")
    tell(f"{tally.opened} connections opened, {tally.retried_on_idle_close} retries, {balancer.refused} refused")
    assert not tally.failed, tally.failed[0]
    assert len(tally.outcomes) >= REQUESTS
    assert max(exits.values()) < EXIT_WITHIN_S
    for process in twins.processes(*ORDER):
        refuse_a_stop_cut_short(process.name.partition("-")[0], twins.listener.lines[process.name])


async def test_a_killed_gateway_takes_along_no_more_than_it_held(twins: System, tell: Callable[[str], None]) -> None:
    traffic, balancer = await Traffic.of(twins), twins.balancer()
    kills: list[float] = []
    async with balancer.watching(), Load(balancer, traffic.mix, clients=12, rate=250).running() as tally:
        for process in twins.processes("gateway"):
            await asyncio.sleep(0.5)
            kills.append(time.monotonic())
            await back_after_a_kill(process)

    tell(f"{tally}; {tally.retried_on_idle_close} retries, {balancer.refused} refused")
    for lost in tally.failed:
        assert lost.status == 0 or was_asked_of_a_twin(lost), lost
        assert any(abs(lost.began - kill) < UNNOTICED_S for kill in kills), lost


def was_asked_of_a_twin(lost: Outcome) -> bool:
    """The healthcheck is a flow of the gateways, asked over the bus: the killed one may have held the other's too."""
    return lost.request.path == HEALTHCHECK and lost.status == 503


async def back_after_a_kill(process: Process) -> None:
    pid = process.pid
    process.kill()
    while process.pid == pid:
        await asyncio.sleep(0.01)
    await process.ready()
