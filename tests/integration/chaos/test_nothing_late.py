"""A request whose caller was told that time is up is not carried out afterwards."""

import asyncio
from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest

from .load import Client, Outcome, Tally
from .system import DEADLINE_S, System, metric, true_within
from .traffic import registration
from .verdict import LATENESS_S, Marks, refuse_anything_late
from .waits import Waits

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

EACH = 250
LEFT_FROZEN_S = 0.5
APART_S = 0.002


async def registrations(system: System, count: int) -> list[Outcome]:
    """Over a connection each, opened before, so that what is measured is the answer."""
    clients = [Client(system.balancer(), Tally()) for _ in range(count)]
    for client in clients:
        client.connection = await client.balancer.connect()
    outcomes = await asyncio.gather(*(register(client, place) for place, client in enumerate(clients)))
    for client in clients:
        client.hang_up()
    return outcomes


async def register(client: Client, place: int) -> Outcome:
    await asyncio.sleep(place * APART_S)
    return await client.request(registration(f"{uuid4().hex}@late.example"))


async def registered_while_frozen(system: System, part: str) -> list[Outcome]:
    """Sent into a part that stands still, each past its deadline when the part goes on."""
    (process,) = system.processes(part)
    await asyncio.to_thread(process.freeze)
    try:
        outcomes = await registrations(system, EACH)
        await asyncio.sleep(LEFT_FROZEN_S)
    finally:
        process.thaw()
    await system.well_within(20)
    return outcomes


async def test_none_of_500_expired_requests_is_carried_out(system: System, tell: Callable[[str], None]) -> None:
    await system.well_within(20)
    async with Waits.of(system.gateways) as waits:
        expired = [outcome for part in ("nats", "customer") for outcome in await registered_while_frozen(system, part)]
    await quiet(system)

    made = (await Marks.left_in(system)).made
    carried_out = [outcome for outcome in expired if outcome.request.mark in made]
    tell(f"{len(carried_out)} of {len(expired)} carried out, answered {Counter(each.status for each in expired)}")
    assert not carried_out, carried_out[0]
    assert len(expired) == 2 * EACH
    assert {each.status for each in expired} == {504}
    refuse_anything_late(Tally(expired), DEADLINE_S, waits)
    assert min(each.took for each in expired) >= DEADLINE_S - LATENESS_S


async def test_in_time_the_same_requests_leave_their_mark(system: System) -> None:
    outcomes = await registrations(system, 5)

    made = (await Marks.left_in(system)).made
    assert all(each.status == 201 and each.request.mark in made for each in outcomes)


async def quiet(system: System) -> None:
    """Whatever was still on its way has arrived and is done with."""
    (customer,) = system.processes("customer")

    async def idle() -> bool:
        return await metric(customer, "flow_in_flight") == 0

    await asyncio.sleep(1)
    await true_within(20, idle, "the customer service is idle")
