"""One nats-server for the conformance suite, and a wire of each kind to run it over."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest
from flowkit.servers import NatsServer

from .wires import AnyBus, MemoryWire, NatsWire, Wire


@pytest.fixture(scope="session")
async def steady_server() -> AsyncGenerator[NatsServer]:
    async with NatsServer.temporary() as server:
        yield server


@pytest.fixture(params=["memory", "nats"])
async def wire(request: pytest.FixtureRequest, steady_server: NatsServer) -> AsyncGenerator[Wire]:
    if request.param == "memory":
        yield MemoryWire()
        return
    async with AsyncExitStack() as stack:
        yield NatsWire(steady_server.port, stack)


@pytest.fixture
async def bus(wire: Wire) -> AnyBus:
    return await wire.connect()


@pytest.fixture
async def peer(wire: Wire) -> AnyBus:
    return await wire.connect()


@pytest.fixture
async def server() -> AsyncGenerator[NatsServer]:
    """One to kill and to freeze."""
    async with NatsServer.temporary() as server:
        yield server
