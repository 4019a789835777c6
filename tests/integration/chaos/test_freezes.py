"""A server that stands still, connections open and nothing answered, is the worst kind of away."""

import asyncio
import time
from collections.abc import Callable

import pytest

from .load import Load
from .system import DEADLINE_S, System, true_within
from .traffic import Traffic
from .verdict import Marks, refuse_anything_but_the_table, refuse_registered_twice
from .waits import Waits

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

FROZEN_S = 10.0
NOTICED_WITHIN_S = 8.0
WELL_WITHIN_S = 15.0


@pytest.mark.parametrize(
    ("part", "affected"),
    [("nats", ("gateway", "auth", "admin", "customer")), ("postgres", ("auth", "admin", "customer"))],
)
async def test_ten_frozen_seconds_hang_no_request(
    part: str, affected: tuple[str, ...], system: System, tell: Callable[[str], None]
) -> None:
    await system.well_within(WELL_WITHIN_S)
    traffic = await Traffic.of(system)
    (server,) = system.processes(part)
    load = Load(system.balancer(), traffic.anything, clients=30, rate=60)
    async with Waits.of(system.gateways) as waits, load.running() as tally:
        await asyncio.sleep(0.5)
        # In a thread: it takes a while until many processes stand still, and our own clients are not to.
        await asyncio.to_thread(server.freeze)
        thawed_at = time.monotonic() + FROZEN_S
        try:
            noticed = await all_not_ready(system, affected)
            await asyncio.sleep(thawed_at - time.monotonic())
        finally:
            server.thaw()
        well = await system.well_within(WELL_WITHIN_S)
        await true_within(WELL_WITHIN_S, system.all_ready, "every process is ready")
        await asyncio.sleep(0.5)

    tell(f"{part}: {tally}; not ready after {max(noticed):.2f} s, well again after {well:.2f} s")
    refuse_anything_but_the_table(tally, DEADLINE_S, waits)
    (await Marks.left_in(system)).refuse_untold(tally.marked, DEADLINE_S)
    refuse_registered_twice(system.listener.lines["customer"])


async def all_not_ready(system: System, names: tuple[str, ...]) -> list[float]:
    """The seconds until each knew."""
    processes = system.processes(*names)
    return await asyncio.gather(*(system.not_ready_within(NOTICED_WITHIN_S, process) for process in processes))
