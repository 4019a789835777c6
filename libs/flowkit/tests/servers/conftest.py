"""One server of each kind for all tests of this folder, and homes for those that need their own."""

import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flowkit.servers import NatsServer, PostgresServer
from flowkit.servers.postgres import temporary_home


@pytest.fixture(scope="session")
async def nats() -> AsyncGenerator[NatsServer]:
    async with NatsServer.temporary() as server:
        yield server


@pytest.fixture(scope="session")
async def postgres() -> AsyncGenerator[PostgresServer]:
    async with PostgresServer.temporary() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_home() -> Generator[Path]:
    """For servers that are started and stopped within a test; its data are made once."""
    with a_home() as home:
        yield home


@pytest.fixture
def new_postgres_home() -> Generator[Path]:
    with a_home() as home:
        yield home


@contextmanager
def a_home() -> Generator[Path]:
    home = temporary_home()
    yield home
    shutil.rmtree(home)
