"""A server with the cluster's streams, which `flow` is pointed at."""

from collections.abc import AsyncGenerator

import pytest
from flowkit.servers import NatsServer

from .events import Told, connected, streams_of


@pytest.fixture(scope="session")
async def event_server() -> AsyncGenerator[NatsServer]:
    """Streams are made and removed on it, so it is nobody else's."""
    async with NatsServer.temporary() as server:
        yield server


@pytest.fixture
async def told(event_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Told]:
    monkeypatch.setenv("NATS_URL", event_server.url)
    async with connected(event_server.url) as bus, streams_of(bus) as told:
        yield told
