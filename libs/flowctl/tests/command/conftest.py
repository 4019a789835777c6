"""A server with the cluster's streams and its users, which `flow` is pointed at as an operator."""

from collections.abc import AsyncGenerator

import pytest
from contracts.bus import OPERATOR, PARTICIPANTS
from flowkit.bus.users import render
from flowkit.contract import Participant
from flowkit.servers import NatsServer

from .events import Told, connected, streams_of

# Tells, gives up and keeps streams in everybody's stead.
ANYONE = Participant("anyone", publishes=(">",), subscribes=(">",))


@pytest.fixture(scope="session")
async def event_server() -> AsyncGenerator[NatsServer]:
    """Streams are made and removed on it, so it is nobody else's."""
    async with NatsServer.temporary(render((*PARTICIPANTS, ANYONE))) as server:
        yield server


@pytest.fixture
def operator(event_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where `flow` finds the server from here on, and how it is let in."""
    url = event_server.url_of(OPERATOR)
    monkeypatch.setenv("NATS_URL", url)
    return url


@pytest.fixture
async def told(event_server: NatsServer, operator: str) -> AsyncGenerator[Told]:
    async with connected(event_server.url_of(ANYONE.name)) as bus, streams_of(bus) as told:
        yield told
