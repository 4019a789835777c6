"""A game day: a flow made slow on purpose, left alone by its caller, seen by an operator, and well again."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
from httpx import AsyncClient, Response

from tests.cluster import People, Running
from tests.cluster.logbook import steps
from tests.cluster.metrics import figures
from tests.cluster.operator import flow
from tests.cluster.starter import Starter

from .answers import data_of, trace_of

GET = "api.v1.customer.get"
OPEN = f"Circuit open for {GET}"
AT_ONCE = 12
WITHIN_S = 40.0
# Whoever is asked takes 3 s, and the gateway gives up on it after 2.
QUICK_S = 1.0


@pytest.fixture(scope="module")
async def day(starter: Starter) -> AsyncGenerator[Running]:
    """A cluster of its own: what goes wrong here is nobody else's trouble."""
    async with starter.started({"FAULT_INJECTION": "allowed", "REQUEST_TIMEOUT_MS": "2000"}) as running:
        yield running


@pytest.fixture
async def client(day: Running) -> AsyncGenerator[AsyncClient]:
    async with AsyncClient(base_url=day.gateway_url, timeout=30) as client:
        client.headers.update((await People(client, day.root_password).root()).bearer)
        yield client


async def until(claim: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await claim():
            await asyncio.sleep(0.02)


async def listed(cluster: Running) -> str:
    """What `flow ls` has to say of that flow."""
    code, said = await flow(cluster, "ls")
    assert code == 0, said
    return next(line for line in said.splitlines() if GET in line.split())


@pytest.mark.timeout(180)
async def test_a_slow_flow_is_left_alone_seen_and_well_again(day: Running, client: AsyncClient) -> None:
    somebody = f"/api/v1/customers/{await a_customer(client)}"
    assert (await client.get(somebody)).status_code == 200

    code, said = await flow(day, "faults", "set", GET, "--latency", "3s", "--for", "2m")
    assert (code, said.splitlines()) == (
        0,
        [f"Every request to {GET}: 3000 ms later, for 120 s.", "Heeded by customer."],
    )
    slow = await client.get(somebody)
    assert (slow.status_code, slow.json()["errorCode"]) == (504, "TIMEOUT")
    assert "Injected fault: 3000 ms of latency" in steps(await day.log.flow(trace_of(slow), GET))

    refused = await left_alone(day, client, somebody)
    assert (refused.status_code, refused.json()["errorCode"]) == (503, "SERVICE_UNAVAILABLE")
    assert refused.headers["retry-after"] == "1"
    assert refused.elapsed.total_seconds() < QUICK_S
    assert "open at gateway" in await listed(day)
    told = await figures(day.service("gateway").ops_url)
    assert told.total("flow_circuit_state", flow=GET) > 0
    assert (await client.get("/api/v1/healthcheck")).status_code == 200

    assert await flow(day, "faults", "clear", GET) == (0, "1 cleared.\n")
    began = time.monotonic()
    await until(lambda: answers(client, somebody, 200))
    await until(lambda: stays_well(client, somebody))
    assert time.monotonic() - began < WITHIN_S / 2
    assert "open at gateway" not in await listed(day)


async def left_alone(day: Running, client: AsyncClient, somebody: str) -> Response:
    """Asked until the gateway says that it asks no more."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            for answer in await asyncio.gather(*(client.get(somebody) for _ in range(AT_ONCE))):
                if answer.status_code == 503 and OPEN in steps(await day.log.request(trace_of(answer))):
                    return answer


async def answers(client: AsyncClient, path: str, status: int) -> bool:
    return (await client.get(path)).status_code == status


async def stays_well(client: AsyncClient, path: str) -> bool:
    return all([await answers(client, path, 200) for _ in range(10)])


async def a_customer(client: AsyncClient) -> str:
    newcomer = {"email": "slow@example.org", "password": "long enough", "firstName": "Ada", "lastName": "Lovelace"}
    return str(data_of(await client.post("/api/v1/customer/register", json=newcomer), 201)["id"])


async def test_what_is_planned_is_listed_and_all_of_it_can_be_ended(day: Running) -> None:
    await flow(day, "faults", "set", "api.v1.admin.*", "--error", "TIMEOUT", "--probability", "0.25")
    await flow(day, "faults", "set", "api.v1.customer.login", "--drop", "--for", "90s")

    _, said = await flow(day, "faults", "ls")
    rows = [line.split() for line in said.splitlines() if "api.v1" in line]
    assert [row[0] for row in rows] == ["api.v1.admin.*", "api.v1.customer.login"]
    assert rows[0][1:-2] == ["TIMEOUT", "in", "its", "stead", "25%"]

    assert await flow(day, "faults", "clear", "--all") == (0, "2 cleared.\n")
    assert await flow(day, "faults", "ls") == (0, "No faults are planned.\n")


async def test_where_faults_are_not_allowed_nothing_is_planned(cluster: Running) -> None:
    code, said = await flow(cluster, "faults", "set", GET, "--drop")

    assert code == 1
    assert "nobody who answers api.v1.customer.get lets faults be injected" in said
    assert (await flow(cluster, "faults", "ls"))[1] == "No faults are planned.\n"
