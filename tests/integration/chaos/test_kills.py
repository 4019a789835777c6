"""kill -9 of each part while requests run: errors of the table meanwhile, and well again soon after its return."""

import asyncio
import time
from collections.abc import Callable

import pytest

from .load import Load, Tally
from .system import DEADLINE_S, System
from .traffic import Traffic
from .verdict import Marks, refuse_anything_but_the_table, refuse_registered_twice
from .waits import Waits

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

AWAY_S = 1.5
WELL_WITHIN_S = 20.0
# Half of what it would take if they waited for their deadline.
REFUSED_WITHIN_S = DEADLINE_S / 2
# By then whoever was connected has noticed.
SETTLED_S = 0.5


@pytest.mark.parametrize("part", ["nats", "postgres", "auth", "admin", "customer"])
async def test_a_killed_part_costs_errors_of_the_table_and_no_more(
    part: str, system: System, tell: Callable[[str], None]
) -> None:
    await system.well_within(WELL_WITHIN_S)
    traffic = await Traffic.of(system)
    load = Load(system.balancer(), traffic.anything, clients=16, rate=150)
    async with Waits.of(system.gateways) as waits, load.running() as tally:
        await asyncio.sleep(0.5)
        killed, returned, well = await away(part, system)
        await asyncio.sleep(0.5)

    meanwhile = tally.between(killed, returned)
    tell(f"{part} away: {meanwhile}; well {well:.2f} s after its return; in all {tally}")
    refuse_anything_but_the_table(tally, DEADLINE_S, waits)
    if part == "nats":
        refuse_anything_but_quick_503s(meanwhile)
    (await Marks.left_in(system)).refuse_untold(tally.marked, DEADLINE_S)
    refuse_registered_twice(system.listener.lines["customer"])


async def away(part: str, system: System) -> tuple[float, float, float]:
    """Kill it for a while; from when to when it was away, and how long after its return all was well."""
    (process,) = system.processes(part)
    await process.crash()
    killed = time.monotonic() + SETTLED_S
    try:
        await asyncio.sleep(AWAY_S)
    finally:
        returned = time.monotonic()
        await asyncio.shield(process.start())
    came = time.monotonic()
    await system.well_within(WELL_WITHIN_S)
    return killed, returned, time.monotonic() - came


def refuse_anything_but_quick_503s(tally: Tally) -> None:
    assert tally.outcomes
    odd = [each for each in tally.outcomes if each.status != 503 or each.took > REFUSED_WITHIN_S]
    assert not odd, odd[0]
