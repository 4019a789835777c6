"""Servers that sync, a database with an outbox and marks, a stream; and whoever writes and relays."""

import json
import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, override

import sqlalchemy as sa
from flowkit import postgres
from flowkit.bus import Bus
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import EVENTS, Consumer, Event, Fact
from flowkit.outbox import Publishes, Relay, Sending, outbox, relaying
from flowkit.postgres import PostgresOptions, Store
from flowkit.reactions.done import Marks, events_done
from flowkit.servers import NatsServer, PostgresServer
from flowkit.servers.postgres import temporary_home
from flowkit.streams import Streams
from flowkit.telemetry.instruments import PublishMetrics
from flowkit.telemetry.metrics import Metrics
from opentelemetry.trace import NoOpTracer
from sqlalchemy.ext.asyncio import AsyncConnection

_KEEP: Final = sa.text("INSERT INTO notes (note) VALUES (:note)")


class Noted(Fact):
    id: str
    told_at: float = 0.0


noted = Event("bench.noted", Noted, key=lambda told: told.id)
READER = Consumer("reader", noted)


@dataclass(frozen=True, slots=True)
class Transaction(Publishes, Marks):
    connection: AsyncConnection

    async def keep(self, note: str = "spam") -> None:
        await self.connection.execute(_KEEP, {"note": note})


@dataclass(frozen=True, slots=True)
class Lags(PublishMetrics):
    """Each as it is, where a histogram would tell between which bounds."""

    seen: list[float] = field(default_factory=list[float])

    @override
    def stored(self, seconds: float, trace_id: str = "") -> None:
        self.seen.append(seconds)


@dataclass(frozen=True, slots=True)
class Stage:
    store: Store[Transaction]
    options: PostgresOptions
    bus: Bus
    broker: str

    @property
    def streams(self) -> Streams:
        return Streams(self.bus)

    @asynccontextmanager
    async def relay(self) -> AsyncGenerator[list[float]]:
        counters = Metrics("bench").publishing(noted.name)
        lags = Lags(counters.published, counters.failures, counters.lag)
        sending = Sending("bench", self.streams, NoOpTracer(), lambda _: lags)
        async with relaying(Relay(self.options, sending)):
            yield lags.seen

    async def empty(self) -> None:
        async with self.store.transaction() as tx:
            await tx.connection.execute(sa.text("TRUNCATE outbox, notes, events_done"))

    async def new_stream(self) -> None:
        """With the one consumer that whoever reads has, whatever it is made of."""
        await self._ask(f"STREAM.DELETE.{EVENTS}", None)
        await self._ask(f"STREAM.CREATE.{EVENTS}", {"name": EVENTS, "subjects": ["event.>"], "storage": "file"})
        consumer = {
            "durable_name": READER.name,
            "filter_subject": f"{noted.subject}.*",
            "ack_policy": "explicit",
            "ack_wait": 30 * 10**9,
            "max_deliver": -1,
        }
        asked = {"stream_name": EVENTS, "config": consumer}
        await self._ask(f"CONSUMER.DURABLE.CREATE.{EVENTS}.{READER.name}", asked)

    async def _ask(self, what: str, asked: object) -> None:
        await self.bus.request(f"$JS.API.{what}", b"" if asked is None else json.dumps(asked).encode(), within=30)


@asynccontextmanager
async def a_stage() -> AsyncGenerator[Stage]:
    home = temporary_home()
    server = PostgresServer(home)
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, home)
        await server.start()
        stack.push_async_callback(server.stop)
        options = PostgresOptions(await server.create_database("bench"), pool_size=20, pool_timeout=60)
        store = await stack.enter_async_context(postgres.connect(options, Transaction))
        await _prepare(store)
        nats = await stack.enter_async_context(NatsServer.temporary())
        bus = NatsBus(NatsOptions(nats.url, name="bench"))
        stack.push_async_callback(bus.close)
        stage = Stage(store, options, bus, nats.url)
        await stage.new_stream()
        yield stage


async def _prepare(store: Store[Transaction]) -> None:
    metadata = sa.MetaData()
    outbox(metadata)
    events_done(metadata)
    async with store.transaction() as tx:
        await tx.connection.run_sync(metadata.create_all)
        await tx.connection.execute(sa.text("CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY, note text)"))
