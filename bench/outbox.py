"""What announcing an event adds to a transaction, and how soon and how fast events leave, over servers that sync."""

import asyncio
import json
import logging
import shutil
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Final, override

import sqlalchemy as sa
import structlog
from flowkit import postgres
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import EVENTS, Event
from flowkit.outbox import Publishes, Relay, Sending, outbox, relaying
from flowkit.outbox.publishing import CHANNEL
from flowkit.postgres import PostgresOptions, Store
from flowkit.servers import NatsServer, PostgresServer
from flowkit.servers.postgres import temporary_home
from flowkit.streams import Streams
from flowkit.telemetry.instruments import PublishMetrics
from flowkit.telemetry.metrics import Metrics
from msgspec import Struct
from opentelemetry.trace import NoOpTracer
from sqlalchemy.ext.asyncio import AsyncConnection

PER_SECOND = 100
BACKLOG = 5_000
WARM_UP_S, LAG_S = 1.0, 60.0
_KEEP: Final = sa.text("INSERT INTO notes (note) VALUES ('spam')")
_NOTIFY: Final = sa.text(f"SELECT pg_notify('{CHANNEL}', '')")


class Noted(Struct, frozen=True):
    id: str


noted = Event("bench.noted", Noted, key=lambda told: told.id)


@dataclass(frozen=True, slots=True)
class Transaction(Publishes):
    connection: AsyncConnection

    async def keep(self) -> None:
        await self.connection.execute(_KEEP)


type Work = Callable[[Transaction, int], Awaitable[object]]


async def keep(tx: Transaction, _: int) -> None:
    await tx.keep()


async def announce(tx: Transaction, number: int) -> None:
    await tx.keep()
    await tx.publish(noted, Noted(id=str(number)))


async def announce_and_notify(tx: Transaction, number: int) -> None:
    await announce(tx, number)
    await tx.connection.execute(_NOTIFY)


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
    streams: Streams

    @asynccontextmanager
    async def relay(self) -> AsyncGenerator[list[float]]:
        counters = Metrics("bench").publishing(noted.name)
        lags = Lags(counters.published, counters.failures, counters.lag)
        sending = Sending("bench", self.streams, NoOpTracer(), lambda _: lags)
        async with relaying(Relay(self.options, sending)):
            yield lags.seen

    async def write(self, work: Work, writers: int, seconds: float) -> float:
        """Transactions a second."""
        done, until = 0, time.perf_counter() + seconds

        async def write() -> None:
            nonlocal done
            while time.perf_counter() < until:
                done += 1
                async with self.store.transaction() as tx:
                    await work(tx, done)

        async with asyncio.TaskGroup() as group:
            for _ in range(writers):
                group.create_task(write())
        await self.empty()
        return done / seconds

    async def empty(self) -> None:
        async with self.store.transaction() as tx:
            await tx.connection.execute(sa.text("TRUNCATE outbox, notes"))


async def tables(rounds: int, seconds: float) -> list[str]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    async with _stage() as stage:
        return [*await _cost(stage, rounds, seconds), "", *await _lag(stage), "", *await _drained(stage)]


async def _cost(stage: Stage, rounds: int, seconds: float) -> list[str]:
    ways = {"an insert": keep, "and an event": announce, "and an event, NOTIFY in the transaction": announce_and_notify}
    lines = [
        "| a transaction with | writers | a second, median | range | to an insert alone |",
        "|---|---|---|---|---|",
    ]
    for writers in (1, 20):
        rates: dict[str, list[float]] = {name: [] for name in ways}
        await stage.write(announce, writers, WARM_UP_S)
        for number in range(rounds):
            for name in sorted(ways, reverse=number % 2 == 1):
                rates[name].append(await stage.write(ways[name], writers, seconds))
        alone = median(rates["an insert"])
        for name, seen in rates.items():
            spread = f"{min(seen):,.0f} to {max(seen):,.0f}"
            lines.append(f"| {name} | {writers} | {median(seen):,.0f} | {spread} | {median(seen) / alone:.2f} |")
    return lines


async def _lag(stage: Stage) -> list[str]:
    """Two relays, as two instances of a service would have."""
    async with stage.relay() as one, stage.relay() as other, asyncio.TaskGroup() as group:
        began = time.perf_counter()
        for number in range(round(LAG_S * PER_SECOND)):
            await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
            group.create_task(_announce(stage, number))
    seen = sorted(one + other)
    p50, p99 = (quantiles(seen, n=100)[at - 1] * 1000 for at in (50, 99))
    return [
        f"| {PER_SECOND} events a second for {LAG_S:.0f} s | stored | p50 ms | p99 ms | longest ms |",
        "|---|---|---|---|---|",
        f"| from written to stored | {len(seen):,} | {p50:.1f} | {p99:.1f} | {seen[-1] * 1000:.1f} |",
    ]


async def _announce(stage: Stage, number: int) -> None:
    async with stage.store.transaction() as tx:
        await announce(tx, number)


async def _drained(stage: Stage) -> list[str]:
    lines = [f"| {BACKLOG:,} events wait, one relay | stored a second |", "|---|---|"]
    for told, keys in (("each of another key", BACKLOG), ("of 100 keys", 100), ("of one key", 1)):
        await stage.empty()
        async with stage.store.transaction() as tx:
            for number in range(BACKLOG):
                await tx.publish(noted, Noted(id=str(number % keys)))
        began = time.perf_counter()
        async with stage.relay() as stored:
            while len(stored) < BACKLOG:  # noqa: ASYNC110  an event for each of them would cost what is measured
                await asyncio.sleep(0.005)
        lines.append(f"| {told} | {BACKLOG / (time.perf_counter() - began):,.0f} |")
    return lines


@asynccontextmanager
async def _stage() -> AsyncGenerator[Stage]:
    home = temporary_home()
    server = PostgresServer(home)
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, home)
        await server.start()
        stack.push_async_callback(server.stop)
        options = PostgresOptions(await server.create_database("bench"), pool_size=20, pool_timeout=60)
        store = await stack.enter_async_context(postgres.connect(options, Transaction))
        await _prepare(store)
        bus = NatsBus(NatsOptions((await stack.enter_async_context(NatsServer.temporary())).url, name="bench"))
        stack.push_async_callback(bus.close)
        stream = {"name": EVENTS, "subjects": ["event.>"], "storage": "file"}
        await bus.request(f"$JS.API.STREAM.CREATE.{EVENTS}", json.dumps(stream).encode(), within=10)
        yield Stage(store, options, Streams(bus))


async def _prepare(store: Store[Transaction]) -> None:
    metadata = sa.MetaData()
    outbox(metadata)
    async with store.transaction() as tx:
        await tx.connection.run_sync(metadata.create_all)
        await tx.connection.execute(sa.text("CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY, note text)"))
