"""A database with marks of what was done, for a transaction that can do nothing else."""

from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from uuid import uuid4

import pytest
import structlog
from flowkit import postgres
from flowkit.bus import Bus
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.postgres import PostgresOptions, Schema, Store, migrations
from flowkit.reactions.done import Marks, events_done
from flowkit.servers import NatsServer, PostgresServer
from flowkit.testing.memory_bus import MemoryBroker
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from .scenes import streams_gone, streams_kept

FIRST = """
from flowkit.reactions.migration import create_events_done

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_events_done()
"""


@dataclass(frozen=True, slots=True)
class Marked(Marks):
    connection: AsyncConnection


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    folder = tmp_path_factory.mktemp("migrations")
    (folder / "versions").mkdir()
    (folder / "versions" / "v0001.py").write_text(FIRST)
    metadata = MetaData()
    events_done(metadata)
    return Schema(metadata, folder)


@pytest.fixture
async def url(postgres_server: PostgresServer, schema: Schema) -> AsyncGenerator[str]:
    name = f"marks_{uuid4().hex}"
    url = await postgres_server.create_database(name)
    await migrations.apply(PostgresOptions(url), schema)
    yield url
    await postgres_server.drop_database(name)


@pytest.fixture
async def store(url: str) -> AsyncGenerator[Store[Marked]]:
    async with postgres.connect(PostgresOptions(url), Marked) as store:
        yield store


@pytest.fixture(scope="session")
async def nats() -> AsyncGenerator[NatsServer]:
    async with NatsServer.temporary() as server:
        yield server


@pytest.fixture
async def real_bus(nats: NatsServer) -> AsyncGenerator[Bus]:
    bus = NatsBus(NatsOptions(nats.url))
    try:
        await bus.flush(within=10)
        yield bus
        await streams_gone(bus)
    finally:
        await bus.close()


@pytest.fixture(params=["memory", "nats"])
def empty_bus(request: pytest.FixtureRequest) -> Bus:
    return MemoryBroker().connect() if request.param == "memory" else request.getfixturevalue("real_bus")


@pytest.fixture
async def bus(empty_bus: Bus) -> Bus:
    """With the streams and consumers of this folder's events, and nothing in them."""
    await streams_kept(empty_bus)
    return empty_bus


@pytest.fixture(autouse=True)
def quiet() -> Generator[None]:
    """The pretty tracebacks structlog prints unless told otherwise take 200 ms each."""
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()
