"""The broker away, full or slow, or the database: nothing is lost, and it goes on by itself."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import override

import pytest
from flowkit import postgres
from flowkit.bus.nats import NatsBus
from flowkit.outbox import standing
from flowkit.outbox.held import HeldBack
from flowkit.outbox.sending import Storing
from flowkit.postgres import PostgresOptions
from flowkit.servers import NatsServer, PostgresServer
from flowkit.streams import Streams
from flowkit.telemetry.metrics import Metrics
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text
from structlog.testing import capture_logs

from .conftest import Relaying, change, declare, forget
from .seen import numbers, said
from .told import CounterStore, Transaction, left, metadata, tell
from .until import emptied, stored, until

LABEL = {"event": "counter.counted"}


@dataclass(slots=True)
class Watched:
    """Streams that take their time, or never answer."""

    streams: Storing
    takes: float = 0.0
    is_silent: bool = False
    asked: Counter[str] = field(default_factory=Counter[str])

    async def publish(self, subject: str, data: bytes, *, headers: Mapping[str, str], within: float) -> object:
        self.asked[headers["flow-event-id"]] += 1
        if self.is_silent:
            await asyncio.Event().wait()
        await asyncio.sleep(self.takes)
        return await self.streams.publish(subject, data, headers=headers, within=within)


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "LOOK_EVERY_S", 0.1)


async def test_what_is_told_while_the_broker_is_away_is_stored_when_it_is_back(
    store: CounterStore,
    streams: Streams,
    relay: Relaying,
    nats: NatsServer,
    metrics: Metrics,
    spans: InMemorySpanExporter,
) -> None:
    def failures() -> float:
        return metrics.registry.get_sample_value("event_publish_failures_total", LABEL) or 0

    with capture_logs() as lines:
        async with relay() as running:
            await tell(store, "ada", 1)
            await stored(streams, 1)
            nats.kill()
            await nats.wait()
            try:
                for n in range(2, 12):
                    await tell(store, "ada", n)
                await until(lambda: failures() >= 5 and running.waiting == 10 and running.oldest > 0)
            finally:
                await nats.stop()
                await nats.start()
            assert numbers(await stored(streams, 11), "ada") == list(range(1, 12))
            await emptied(store)
            await until(lambda: bool(said(lines, "events leave the outbox again")))
            await until(lambda: running.waiting == 0 and running.oldest == 0)
    kinds = [line["fault"] for line in said(lines, "events wait in the outbox")]
    assert 1 <= len(kinds) <= 5, "once for each way in which it was away, not for each try"
    assert len(said(lines, "events leave the outbox again")) <= len(kinds)
    failed = [span for span in spans.get_finished_spans() if not span.status.is_ok]
    assert len(failed) < failures(), "a trace does not tell of each try of an outage"


async def test_a_full_broker_is_waited_for(
    store: CounterStore, streams: Streams, relay: Relaying, bus: NatsBus
) -> None:
    await change(bus, max_msgs=3, discard="new")
    with capture_logs() as lines:
        async with relay():
            for n in range(10):
                await tell(store, "ada", n)
            await until(lambda: bool(said(lines, "events wait in the outbox")))
            assert numbers(await stored(streams, 3), "ada") == [0, 1, 2]
            assert await left(store) >= 7
            await change(bus, max_msgs=100, discard="new")
            assert numbers(await stored(streams, 10), "ada") == list(range(10))
            await emptied(store)
    assert [line["waits_for"] for line in said(lines, "events wait in the outbox")] == ["the broker"]


async def test_a_stream_that_is_not_there_yet_is_waited_for(
    store: CounterStore, streams: Streams, relay: Relaying, bus: NatsBus
) -> None:
    await forget(bus)
    with capture_logs() as lines:
        async with relay():
            await tell(store, "ada", 1)
            await until(lambda: bool(said(lines, "events wait in the outbox")))
            await declare(bus)
            await stored(streams, 1)
    assert "no stream takes" in said(lines, "events wait in the outbox")[0]["fault"]


async def test_two_relays_share_an_outbox_and_send_nothing_twice(
    store: CounterStore, streams: Streams, relay: Relaying
) -> None:
    one, other = Watched(streams, takes=0.005), Watched(streams, takes=0.005)
    async with relay(one), relay(other):
        for n in range(300):
            await tell(store, f"key {n % 150}", n)
        events = await stored(streams, 300)
        await emptied(store)
    assert all(numbers(events, f"key {key}") == [key, key + 150] for key in range(150))
    assert (one.asked + other.asked).total() == 300
    assert min(one.asked.total(), other.asked.total()) > 0


async def test_a_slow_broker_is_given_no_more_than_a_transaction_may_take(
    store: CounterStore, streams: Streams, relay: Relaying, options: PostgresOptions
) -> None:
    for n in range(20):
        await tell(store, "ada", n)
    slow = Watched(streams, takes=0.25)
    impatient = PostgresOptions(options.url, idle_in_transaction_timeout=4.0)
    with capture_logs() as lines:
        async with relay(slow, over=impatient):
            assert numbers(await stored(streams, 20), "ada") == list(range(20))
            await emptied(store)
    assert slow.asked.total() == 20, "no transaction was ended by the database, nor an event sent again"
    assert said(lines, "events wait in the outbox") == []


async def test_a_broker_that_never_answers_does_not_keep_the_process_from_ending(
    store: CounterStore, streams: Streams, relay: Relaying
) -> None:
    silent = Watched(streams, is_silent=True)
    await tell(store, "ada", 1)
    async with relay(silent):
        await until(lambda: silent.asked.total() == 1)
    assert await left(store) == 1
    async with relay():
        await stored(streams, 1)


@dataclass(slots=True)
class Odd(HeldBack):
    """Fails once, as nobody foresaw."""

    faults: list[Exception] = field(default_factory=lambda: [LookupError("what is this?")])

    @override
    def release(self, key: str) -> bool:
        if self.faults:
            raise self.faults.pop()
        return HeldBack.release(self, key)


async def test_a_relay_that_fails_as_nobody_foresaw_is_begun_anew(
    store: CounterStore, streams: Streams, relay: Relaying
) -> None:
    with capture_logs() as lines:
        async with relay(held=Odd()):
            await tell(store, "ada", 1)
            await until(lambda: bool(said(lines, "a chore failed and is begun anew")))
            await tell(store, "ada", 2)
            assert numbers(await stored(streams, 2), "ada") == [1, 2]
    assert [line["chore"] for line in lines if line["log_level"] == "error"] == ["the outbox"]


async def test_a_database_that_was_away_is_gone_on_with(streams: Streams, relay: Relaying) -> None:
    async with PostgresServer.temporary() as server:
        options = PostgresOptions(await server.create_database("counter"))
        async with postgres.connect(options, Transaction) as store:
            async with store.transaction() as tx:
                await tx.connection.run_sync(metadata.create_all)
            with capture_logs() as lines:
                async with relay(over=options) as running:
                    await tell(store, "ada", 1)
                    await stored(streams, 1)
                    await until(lambda: running.waiting == 0)
                    server.kill()
                    await server.wait()
                    await until(lambda: bool(said(lines, "events wait in the outbox")) and running.oldest > 0)
                    await server.stop()
                    await server.start()
                    await until(lambda: bool(said(lines, "events leave the outbox again")) and running.oldest == 0)
                    await tell(store, "ada", 2)
                    assert numbers(await stored(streams, 2), "ada") == [1, 2]
            async with store.reading() as tx:
                assert await tx.connection.scalar(text("SELECT count(*) FROM outbox WHERE key <> 'ada'")) == 0
