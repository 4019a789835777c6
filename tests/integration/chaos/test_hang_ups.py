"""Clients that ask and do not wait for the answer take nothing with them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]  it ships none; what is used of it is typed in Connect
import psutil
import pytest
from flowctl.cluster import Process
from flowkit.servers.databases import Connect, Connection
from flowkit.telemetry.names import CIRCUIT_STATE, FLOWS_OVERRUN

from .load import Client, Tally
from .system import System, metric, true_within
from .traffic import Traffic
from .wire import Request

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

CLIENTS = 1000
WAVE = 100
PATIENCE_S = 0.25
POOL = 10
# What the service asks of its database beside the pool: whether it is there.
BESIDES = 2
SETTLED_WITHIN_S = 20.0
# Who asks for what times out all the time is soon refused at once; that ends when a few have been answered.
CLOSED_WITHIN_S = 10.0
# Some of the crowd have been refused so, or for want of room; at least so many the service worked for in vain.
LEAST_IN_VAIN = CLIENTS // 5
SPARE_DESCRIPTORS = 10

BUSY = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'customer' AND pid <> pg_backend_pid()"
STUCK = BUSY + " AND wait_event_type = 'Lock'"
LEFT_OPEN = BUSY + " AND state <> 'idle'"


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Connection]:
    connect = cast("Connect", asyncpg.connect)  # pyright: ignore[reportUnknownMemberType]  see Connect
    connection = await connect(url, timeout=20)
    try:
        yield connection
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Crowd:
    """Clients that all ask for the same and all hang up before they are answered."""

    system: System
    request: Request

    async def come_and_go(self) -> None:
        connections = await asyncio.gather(*(self.system.balancer().connect() for _ in range(WAVE)))
        for connection in connections:
            await connection.send(self.request)
        await asyncio.sleep(PATIENCE_S)
        for connection in connections:
            connection.hang_up()


async def test_a_thousand_clients_that_hang_up_leak_no_connection(system: System, tell: Callable[[str], None]) -> None:
    await system.well_within(20)
    traffic, (gateway,), (customer,) = await Traffic.of(system), *map(system.processes, ("gateway", "customer"))
    listing = Request("GET", "/api/v1/customers?limit=5", token=traffic.token)
    descriptors, stuck, vain = psutil.Process(gateway.pid).num_fds(), 0, await in_vain(customer)
    async with connected(customer.database_url) as database:
        await database.execute("BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
        for _ in range(CLIENTS // WAVE):
            await Crowd(system, listing).come_and_go()
            stuck = max(stuck, cast("int", await database.fetchval(STUCK)))
        await database.execute("ROLLBACK")
        settled = await true_within(SETTLED_WITHIN_S, lambda: all_let_go(gateway, customer), "all is let go of")
        left_open, kept = [cast("int", await database.fetchval(query)) for query in (LEFT_OPEN, BUSY)]
    grown, vain = psutil.Process(gateway.pid).num_fds() - descriptors, await in_vain(customer) - vain
    closed = await true_within(CLOSED_WITHIN_S, lambda: circuit_closed(system, listing), "the circuit is closed")

    tell(f"{vain:.0f} were worked for in vain; the circuit was closed {closed:.2f} s later")
    tell(f"{stuck} queries held up at most; all let go of after {settled:.2f} s; {kept} database connections kept")
    tell(f"{left_open} not idle; the gateway has {grown} more descriptors than before")
    assert vain >= LEAST_IN_VAIN
    assert stuck > 0
    assert left_open == 0
    assert kept <= POOL + BESIDES
    assert grown <= SPARE_DESCRIPTORS
    await all_are_answered(system, listing)


async def all_let_go(gateway: Process, customer: Process) -> bool:
    held = [await metric(customer, name) for name in ("flow_in_flight", "flow_waiting", "database_pool_in_use")]
    return not any(held) and await metric(gateway, "nats_awaiting_replies") == 0


async def in_vain(customer: Process) -> float:
    """How many flows ran, or waited for their turn, until time was up."""
    return await metric(customer, FLOWS_OVERRUN)


async def circuit_closed(system: System, request: Request) -> bool:
    (gateway,) = system.processes("gateway")
    client = Client(system.balancer(), Tally())
    outcome = await client.request(request)
    client.hang_up()
    return outcome.succeeded and await metric(gateway, CIRCUIT_STATE) == 0


async def all_are_answered(system: System, request: Request) -> None:
    clients = [Client(system.balancer(), Tally()) for _ in range(2 * POOL)]
    outcomes = await asyncio.gather(*(client.request(request) for client in clients))
    for client in clients:
        client.hang_up()
    assert all(outcome.succeeded for outcome in outcomes), outcomes
