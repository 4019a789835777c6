"""The grounds of each kind, with the streams declared on them."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest
from flowkit.bus import Bus
from flowkit.servers import NatsServer
from flowkit.streams import Streams

from .grounds import Grounds, MemoryGrounds, NatsGrounds, Teller, declare
from .three_servers import ThreeServers, three_servers


@pytest.fixture(scope="session")
async def steady_server() -> AsyncGenerator[NatsServer]:
    async with NatsServer.temporary() as server:
        yield server


@pytest.fixture(params=["memory", "nats"])
async def grounds(request: pytest.FixtureRequest, steady_server: NatsServer) -> AsyncGenerator[Grounds]:
    if request.param == "memory":
        yield MemoryGrounds()
        return
    async with AsyncExitStack() as stack:
        grounds = NatsGrounds(steady_server, stack)
        yield grounds
        await grounds.clear()


@pytest.fixture
async def bus(grounds: Grounds) -> Bus:
    return await grounds.connect()


@pytest.fixture
async def streams(bus: Bus) -> Streams:
    await declare(bus)
    return Streams(bus)


@pytest.fixture
def teller(streams: Streams) -> Teller:
    return Teller(streams)


@pytest.fixture
async def servers() -> AsyncGenerator[ThreeServers]:
    async with three_servers() as servers:
        yield servers
