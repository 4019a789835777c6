"""A connection on which nothing arrives any more, while everything says that it is up."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from flowkit.telemetry.names import CIRCUIT_STATE

from .balancer import Balancer, Gateway, is_ready
from .beside import Beside, service
from .load import Load
from .poison import DeafWire, poisonous_subjects, publish_raw
from .system import ANYONE, DEADLINE_S, SETTINGS, System, Told, metric, true_within
from .traffic import Traffic
from .verdict import refuse_anything_but_the_table
from .waits import Waits

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

SERVICES = ("gateway", "auth", "admin", "customer")
WELL_WITHIN_S = 20.0


async def test_subjects_that_are_no_text_deafen_nobody(system: System, tell: Callable[[str], None]) -> None:
    traffic, processes = await Traffic.of(system), system.processes(*SERVICES)
    before = [await metric(process, "nats_message_failures_total") for process in processes]
    subjects = await poisonous_subjects(system.cluster.nats.monitor_url)
    async with Load(system.balancer(), traffic.mix, clients=8, rate=100).running() as tally:
        await publish_raw(system.cluster.nats_url_of(ANYONE.name), subjects)
        await asyncio.sleep(2)

    after = [await metric(process, "nats_message_failures_total") for process in processes]
    swallowed = [int(now - then) for now, then in zip(after, before, strict=True)]
    tell(f"unreadable messages taken by {', '.join(SERVICES)}: {swallowed}; meanwhile {tally}")
    assert all(swallowed)
    assert not tally.failed, tally.failed[0]


@asynccontextmanager
async def behind_a_wire(name: str, wire: DeafWire, system: System, folder: Path) -> AsyncGenerator[Beside]:
    """The cluster's process of that name is away, and one of ours is in its place, reaching NATS over the wire."""
    (process,) = system.processes(name)
    await process.crash()
    environ = SETTINGS | {"NATS_URL": wire.url, "DATABASE_URL": process.database_url}
    try:
        async with service(f"{name}_service", folder, environ) as stand_in:
            await stand_in.ready()
            yield stand_in
    finally:
        await process.start()
        await system.well_within(WELL_WITHIN_S)


@pytest.mark.parametrize("name", ["gateway", "customer"])
async def test_a_deaf_process_is_well_again(
    name: str, system: System, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    traffic = await Traffic.of(system)
    async with (
        DeafWire.to(system.cluster.nats_url_of(name)) as wire,
        behind_a_wire(name, wire, system, tmp_path) as stand_in,
    ):
        balancer = system.balancer() if name != "gateway" else Balancer([Gateway(stand_in.url, str)])
        asked = system.gateways if name != "gateway" else lambda: [stand_in.child.pid]
        asking = system.processes("gateway")[0] if name != "gateway" else stand_in
        async with Waits.of(asked) as waits, Load(balancer, traffic.mix, clients=20, rate=60).running() as tally:
            await asyncio.sleep(0.5)
            wire.deafen()
            deafened = time.monotonic()
            await true_within(WELL_WITHIN_S, lambda: has_reconnected(stand_in), "it has a new connection")
            await true_within(WELL_WITHIN_S, lambda: is_ready(stand_in.ops_url), "it is ready")
            await true_within(WELL_WITHIN_S, lambda: is_asked_again(asking), "whoever asks it has closed its circuits")
            well = time.monotonic() - deafened
            await asyncio.sleep(1)

    afterwards = tally.between(deafened + well, float("inf"))
    tell(f"{name}: well after {well:.2f} s; {tally}")
    refuse_anything_but_the_table(tally, DEADLINE_S, waits)
    assert well < WELL_WITHIN_S
    assert afterwards.outcomes
    assert not afterwards.failed, afterwards.failed[0]


async def is_asked_again(asking: Told) -> bool:
    return await metric(asking, CIRCUIT_STATE) == 0


async def has_reconnected(stand_in: Beside) -> bool:
    return await metric(stand_in, "nats_reconnects_total") > 0
