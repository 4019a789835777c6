"""kill -9 of the database while a refresh token is exchanged: the session goes on by one token, or not at all."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from flowctl.cluster import Cluster
from httpx import AsyncClient, HTTPError

from tests.cluster import Running
from tests.cluster.local import processes
from tests.cluster.people import PASSWORD, a_newcomer, bearer
from tests.integration.records import records

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

KILLS, CLIENTS = int(os.environ.get("REFRESH_KILLS", "3")), 8
WELL_WITHIN_S = 60.0
UNSPENT = """
    SELECT coalesce(max(unspent), 0) FROM (
        SELECT count(*) FILTER (WHERE spent_at IS NULL) AS unspent FROM refresh_tokens GROUP BY session_id
    ) AS each
"""


@dataclass(slots=True)
class Chain:
    """A client that refreshes without pause, and asks with the same token until it has an answer."""

    http: AsyncClient
    pair: dict[str, str]
    links: int = 0
    answers: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    refused: int = 0

    async def grow(self) -> None:
        while True:
            await self.link()

    async def link(self) -> None:
        token = self.pair["refreshToken"]
        with suppress(HTTPError):
            answer = await self.http.post("/api/v1/auth/refresh", json={"refreshToken": token})
            if answer.status_code == 200:
                self.pair = answer.json()["data"]
                self.answers.setdefault(token, set()).add(self.pair["refreshToken"])
                self.links += 1
            elif answer.status_code == 401:
                self.refused += 1


@asynccontextmanager
async def growing(chains: list[Chain]) -> AsyncGenerator[None]:
    tasks = [asyncio.create_task(chain.grow()) for chain in chains]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def cluster() -> AsyncGenerator[tuple[Cluster, Running]]:
    async with processes({"REFRESH_GRACE_S": "60", "RATE_LIMITS": "off"}, replicas={"auth": 2}) as started:
        yield started


async def test_a_database_killed_in_mid_rotation_leaves_no_fork(
    cluster: tuple[Cluster, Running], tell: Callable[[str], None]
) -> None:
    behind, running = cluster
    async with AsyncClient(base_url=running.gateway_url, timeout=10) as http:
        chains = [Chain(http, await signed_in(http)) for _ in range(CLIENTS)]
        async with growing(chains):
            for number in range(KILLS):
                await asyncio.sleep(0.3 + 0.037 * (number % 10))
                await kill_database(behind)
                await well(chains)

        assert all(len(successors) == 1 for chain in chains for successors in chain.answers.values())
        assert [chain.refused for chain in chains] == [0] * CLIENTS
        for chain in chains:
            me = await http.get("/api/v1/auth/me", headers=bearer(chain.pair["token"]))
            assert me.status_code == 200
    async with records(running.database_url("auth")) as stored:
        assert await stored.one(UNSPENT) == 1
    tell(f"{KILLS} kills under {sum(chain.links for chain in chains)} refreshes by {CLIENTS} clients: no fork")


async def kill_database(cluster: Cluster) -> None:
    (postgres,) = cluster.processes["postgres"]
    await postgres.crash()
    await asyncio.shield(postgres.start())


async def well(chains: list[Chain]) -> None:
    """Every client has gone on since."""
    before = [chain.links for chain in chains]
    async with asyncio.timeout(WELL_WITHIN_S):
        while any(chain.links <= then + 1 for chain, then in zip(chains, before, strict=True)):
            await asyncio.sleep(0.05)


async def signed_in(http: AsyncClient) -> dict[str, str]:
    newcomer = a_newcomer()
    await http.post("/api/v1/customer/register", json=newcomer)
    answer = await http.post("/api/v1/customer/login", json={"email": newcomer["email"], "password": PASSWORD})
    return answer.json()["data"]
