"""Fixtures that give a test its own connection to NATS and its own database, on free ports of this machine."""

from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest
import pytest_asyncio

from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.servers import NatsServer, PostgresServer

DATABASE_USER = "test"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nats_server() -> AsyncGenerator[NatsServer]:
    async with NatsServer.temporary() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def bus(nats_server: NatsServer, request: pytest.FixtureRequest) -> AsyncGenerator[NatsBus]:
    bus = NatsBus(NatsOptions(nats_server.url, name=request.node.name))
    await bus.flush(within=30)
    yield bus
    await bus.close()
    # A denied subject looks like silence to whoever asks, so it would show up as a timeout, or not at all.
    assert bus.permission_violations == 0  # noqa: S101  this is a test's


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_server() -> AsyncGenerator[PostgresServer]:
    async with PostgresServer.temporary() as server:
        yield server


@pytest.fixture(scope="session")
def database_template() -> str | None:
    """The database a test's own is a copy of; override it with one of `DATABASE_USER`'s that is migrated once."""
    return None


@pytest_asyncio.fixture(loop_scope="session")
async def database_url(postgres_server: PostgresServer, database_template: str | None) -> AsyncGenerator[str]:
    name = f"test_{uuid4().hex}"
    yield await postgres_server.create_database(name, DATABASE_USER, template=database_template)
    await postgres_server.drop_database(name)
