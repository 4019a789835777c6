"""The whole way of an event in one process: written in a transaction, relayed, stored, acted on in another."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from flowkit import postgres
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import DEAD_LETTERS, EVENTS, Event, Fact
from flowkit.outbox import Relay, Sending, relaying
from flowkit.postgres import PostgresOptions, Store
from flowkit.reactions import ReactionOptions, Reactions
from flowkit.service import on
from flowkit.service.declare import Reaction
from flowkit.streams import Kept, Streams
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.telemetry import names
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing, trace_id
from flowkit.testing.streams import left_for
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from .notes import CONSUMER, PARTICIPANTS, Noted, Timed, Transaction, noted

LONG = 120.0


@dataclass(frozen=True, slots=True)
class Way:
    store: Store[Transaction]
    options: PostgresOptions
    bus: NatsBus
    tracing: Tracing
    spans: InMemorySpanExporter
    metrics: Metrics = field(default_factory=lambda: Metrics("reader"))
    done_at: dict[str, float] = field(default_factory=dict[str, float])
    """By note, when it was committed."""

    @property
    def streams(self) -> Streams:
        return Streams(self.bus, patience_s=20)

    @asynccontextmanager
    async def relayed(self) -> AsyncGenerator[Relay]:
        sending = Sending("writer", Streams(self.bus), self.tracing.tracer, self.metrics.publishing)
        async with relaying(Relay(self.options, sending)) as relay:
            self.metrics.watch(names.OUTBOX_WAITING, lambda: relay.waiting)
            self.metrics.watch(names.OUTBOX_OLDEST, lambda: relay.oldest)
            yield relay

    @asynccontextmanager
    async def acted_on[Body: Fact](
        self, event: Event[Body], reaction: Reaction[Body, Transaction], options: ReactionOptions | None = None
    ) -> AsyncGenerator[Reactions]:
        declared = [on(event, reaction, Timed(self.store, self.done_at))]
        reactions = Reactions(
            "reader", declared, Streams(self.bus), self.tracing, Metrics("reader"), options or ReactionOptions()
        )
        reactions.start()
        try:
            yield reactions
        finally:
            await reactions.leave()
            await reactions.finish()

    async def tell(self, note: str, **spoiled: Any) -> "Told":
        """As a flow does, in a trace of its own; `spoiled` is how the row is changed before its commit."""
        with self.tracing.tracer.start_as_current_span("telling") as span:
            async with self.store.transaction() as tx:
                event_id = await tx.publish(noted, Noted(note=note))
                if spoiled:
                    await tx.spoil(event_id, **spoiled)
        return Told(event_id, note, trace_id(span))

    def figure(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    async def notes(self) -> list[str]:
        async with self.store.reading() as tx:
            return await tx.notes()

    async def waiting(self) -> list[str]:
        async with self.store.reading() as tx:
            return await tx.waiting()

    async def is_waiting(self) -> bool:
        async with self.store.reading() as tx:
            return await tx.is_waiting()

    async def stored(self) -> list[Kept]:
        found: list[Kept] = []
        while page := await self.streams.read(EVENTS, start=found[-1].place + 1 if found else 1, most=250):
            found += page
        return found

    async def dead(self) -> list[Kept]:
        return await self.streams.read(DEAD_LETTERS, most=1000)

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(LONG):
            while not so():
                await asyncio.sleep(0.02)

    async def finished(self, *consumers: str) -> None:
        """Nothing waits in the outbox, and all that is stored was acknowledged."""
        async with asyncio.timeout(LONG):
            while await self.waiting() or [
                each for each in consumers or (CONSUMER,) if await left_for(self.streams, each)
            ]:
                await asyncio.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Told:
    event_id: str
    note: str
    trace: str


@asynccontextmanager
async def a_way(database: str, broker: str, options: StreamOptions | None = None) -> AsyncGenerator[Way]:
    """With its streams and tables, and nothing in them."""
    spans, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(postgres.connect(_patient(database), Transaction))
        async with store.transaction() as tx:
            await tx.make()
        bus = NatsBus(NatsOptions(broker, name="reader"))
        stack.push_async_callback(bus.close)
        await bus.flush(within=20)
        assert not await Keeping(bus, Declared.of(PARTICIPANTS, options or StreamOptions())).keep()
        yield Way(store, _patient(database), bus, Tracing(provider.get_tracer("test")), spans)


def _patient(database: str) -> PostgresOptions:
    """However busy the machine is, whoever writes has a turn at last."""
    return PostgresOptions(
        database,
        pool_size=20,
        pool_timeout=LONG,
        statement_timeout=LONG,
        command_timeout=LONG + 1,
        lock_timeout=LONG,
        idle_in_transaction_timeout=LONG,
    )
