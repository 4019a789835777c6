"""One real NATS server for the tests of this folder, and no log lines of flows that misbehave on purpose."""

from collections.abc import AsyncGenerator, Generator

import pytest
import structlog
from flowkit.servers import NatsServer


@pytest.fixture(scope="session")
async def nats_url() -> AsyncGenerator[str]:
    async with NatsServer.temporary() as server:
        yield server.url


@pytest.fixture(autouse=True)
def quiet() -> Generator[None]:
    """The pretty tracebacks structlog prints unless told otherwise take 200 ms each."""
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()
