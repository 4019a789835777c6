"""Every service that stores something starts on a database that keeps what it commits, and on no other."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from flowctl.cluster import SERVICES
from flowkit.servers import NatsServer, PostgresServer
from httpx import AsyncClient

from tests.integration.chaos.beside import Beside, service

pytestmark = pytest.mark.timeout(180)

STORING = [spec for spec in SERVICES if spec.has_database]
TOLD = {"LOSSY_DATABASE": "refused", "KEYS_ENCRYPTION_KEY": "ab" * 32, "ROOT_ADMIN_PASSWORD": "correct horse"}
NOT_READY = "the database may lose what it has committed: not ready"
PATIENCE_S = 60.0


@pytest.fixture
async def postgres() -> AsyncGenerator[PostgresServer]:
    async with PostgresServer.temporary() as server:
        yield server


@pytest.fixture
async def services(postgres: PostgresServer, tmp_path: Path) -> AsyncGenerator[Sequence[Beside]]:
    async with NatsServer.temporary() as nats, AsyncExitStack() as stack:
        started: list[Beside] = []
        for spec in STORING:
            given = TOLD | {"NATS_URL": nats.url, "DATABASE_URL": await postgres.create_database(spec.name)}
            started.append(await stack.enter_async_context(service(spec.module, tmp_path, given)))
        yield started


async def is_ready(each: Beside) -> tuple[bool, str | None]:
    """And what it says of its database, once it says anything."""
    async with AsyncClient(timeout=20) as http:
        answer = await http.get(f"{each.ops_url}/health/ready")
    return answer.is_success, answer.json()["checks"].get("database")


async def until_all_say(services: Sequence[Beside], word: str, *, times: int) -> None:
    """In a line of their log."""
    async with asyncio.timeout(PATIENCE_S):
        while not all(sum(line["event"] == word for line in each.lines) == times for each in services):
            await asyncio.sleep(0.05)


async def test_none_is_ready_before_its_database_keeps_what_it_commits_nor_afterwards(
    postgres: PostgresServer, services: Sequence[Beside]
) -> None:
    await until_all_say(services, NOT_READY, times=1)
    assert [await is_ready(each) for each in services] == [(False, "down")] * len(STORING)
    await until_all_say(services, "ready", times=0)

    postgres.durable = True
    await postgres.restart()
    await asyncio.gather(*(each.ready() for each in services))

    postgres.durable = False
    await postgres.restart()
    async with asyncio.timeout(PATIENCE_S):
        while [await is_ready(each) for each in services] != [(False, "down")] * len(STORING):
            await asyncio.sleep(0.05)
    await until_all_say(services, NOT_READY, times=2)
    assert {
        str(line["settings"]["fsync"])[:3] for each in services for line in each.lines if line["event"] == NOT_READY
    } == {"off"}
