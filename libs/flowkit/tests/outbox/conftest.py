"""PostgreSQL with an outbox, a nats-server with a stream, and a relay between them."""

import json
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import pytest
from flowkit import postgres
from flowkit.bus import Bus
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import EVENTS
from flowkit.outbox import Relay, Sending, relaying
from flowkit.outbox.held import HeldBack
from flowkit.outbox.sending import Storing
from flowkit.postgres import PostgresOptions
from flowkit.servers import NatsServer
from flowkit.streams import Streams
from flowkit.telemetry.metrics import Metrics
from flowkit.testing.streams import remove
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy.ext.asyncio import create_async_engine

from .told import CounterStore, Transaction, metadata


class Relaying(Protocol):
    def __call__(
        self, stream: Storing | None = None, over: PostgresOptions | None = None, held: HeldBack | None = None
    ) -> AbstractAsyncContextManager[Relay]: ...


@pytest.fixture(scope="module")
async def nats() -> AsyncGenerator[NatsServer]:
    """To be stopped, filled and limited by one module's tests alone."""
    async with NatsServer.temporary() as server:
        yield server


async def declare(bus: Bus, **also: Any) -> None:
    wanted = {
        "name": EVENTS,
        "subjects": ["event.>"],
        "storage": "file",
        "duplicate_window": 10**9,
        "allow_direct": True,
    } | also
    answer = await bus.request(f"$JS.API.STREAM.CREATE.{EVENTS}", json.dumps(wanted).encode(), within=10)
    assert b'"error"' not in answer.data, answer.data


async def change(bus: Bus, **also: Any) -> None:
    wanted = {"name": EVENTS, "subjects": ["event.>"], "storage": "file", "allow_direct": True} | also
    answer = await bus.request(f"$JS.API.STREAM.UPDATE.{EVENTS}", json.dumps(wanted).encode(), within=10)
    assert b'"error"' not in answer.data, answer.data


async def forget(bus: Bus) -> None:
    await remove(bus, EVENTS)


@pytest.fixture
async def bus(nats: NatsServer) -> AsyncGenerator[NatsBus]:
    bus = NatsBus(NatsOptions(nats.url, name="counter"))
    await bus.flush(within=10)
    yield bus
    await bus.close()


@pytest.fixture
async def streams(bus: NatsBus) -> AsyncGenerator[Streams]:
    await declare(bus)
    yield Streams(bus)
    await forget(bus)


@pytest.fixture
async def options(database_url: str) -> PostgresOptions:
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    return PostgresOptions(database_url)


@pytest.fixture
async def store(options: PostgresOptions) -> AsyncGenerator[CounterStore]:
    async with postgres.connect(options, Transaction) as store:
        yield store


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("counter")


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def relay(options: PostgresOptions, streams: Streams, metrics: Metrics, spans: InMemorySpanExporter) -> Relaying:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))

    @asynccontextmanager
    async def run(
        stream: Storing | None = None, over: PostgresOptions | None = None, held: HeldBack | None = None
    ) -> AsyncGenerator[Relay]:
        sending = Sending("counter", stream or streams, provider.get_tracer("test"), metrics.publishing)
        async with relaying(Relay(over or options, sending, held)) as relay:
            yield relay

    return run
