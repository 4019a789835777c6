"""Servers that each of these tests may fill, stop and start again."""

from collections.abc import AsyncGenerator, Generator

import pytest
import structlog
from flowkit.servers import NatsServer

from .way import Way, a_way


@pytest.fixture
async def nats() -> AsyncGenerator[NatsServer]:
    async with NatsServer.temporary() as server:
        yield server


@pytest.fixture
async def way(database_url: str, nats: NatsServer) -> AsyncGenerator[Way]:
    async with a_way(database_url, nats.url) as way:
        yield way


@pytest.fixture(autouse=True)
def quiet() -> Generator[None]:
    """The pretty tracebacks structlog prints unless told otherwise take 200 ms each."""
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()
