"""From a transaction to the stream."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flowkit.outbox import NotAnEvent
from flowkit.postgres.engine import ChangedWhileReading
from flowkit.streams import Streams
from flowkit.telemetry import messaging, names
from flowkit.telemetry.metrics import Metrics
from flowkit.testing.calls import a_call
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from .conftest import Relaying
from .told import Counted, CounterStore, counted, left, tell
from .until import PATIENCE_S, emptied, stored, until


async def test_the_call_that_announces_names_the_event(store: CounterStore) -> None:
    call = a_call()
    with call.as_current():
        id_ = await tell(store, "ada", 1)

    assert [(each.event, each.event_id) for each in call.announced] == [(counted.name, id_)]


async def test_nothing_is_announced_where_nothing_is_committed_with_it(store: CounterStore) -> None:
    with pytest.raises(ChangedWhileReading):
        async with store.reading() as tx:
            await tx.tell("ada", 1)

    assert await left(store) == 0


async def test_what_is_committed_is_stored_under_its_id_and_leaves_the_outbox(
    store: CounterStore, streams: Streams, relay: Relaying
) -> None:
    began = datetime.now(UTC)
    async with relay():
        id_ = await tell(store, "ada", 1)
        (event,) = await stored(streams, 1)
        await emptied(store)
    assert event.subject.startswith(f"{counted.subject}.")
    assert json.loads(event.data) == {"key": "ada", "n": 1, "padding": ""}
    assert event.headers["Nats-Msg-Id"] == event.headers["flow-event-id"] == id_
    told = {name: event.headers[name] for name in ("flow-event", "flow-event-version", "flow-event-key", "flow-caller")}
    assert told == {
        "flow-event": "counter.counted",
        "flow-event-version": "1",
        "flow-event-key": "ada",
        "flow-caller": "counter",
    }
    assert event.headers["flow-occurred-at"].endswith("Z")
    assert abs((datetime.fromisoformat(event.headers["flow-occurred-at"]) - began).total_seconds()) < PATIENCE_S


async def test_what_is_told_in_two_versions_has_one_id_and_both_are_stored(
    store: CounterStore, streams: Streams, relay: Relaying
) -> None:
    later = replace(counted, version=2)
    async with relay():
        async with store.transaction() as tx:
            id_ = await tx.tell("ada", 1)
            twin = await tx.publish(later, Counted(key="ada", n=1), as_=id_)
        events = await stored(streams, 2)
        await emptied(store)

    assert twin == id_
    assert [event.headers["flow-event-id"] for event in events] == [id_, id_]
    assert [event.headers["flow-event-version"] for event in events] == ["1", "2"]
    assert len({event.headers["Nats-Msg-Id"] for event in events}) == 2


async def test_what_is_rolled_back_was_never_said(store: CounterStore, streams: Streams, relay: Relaying) -> None:
    async def regret() -> None:
        async with store.transaction() as tx:
            await tx.tell("ada", 1)
            raise LookupError

    async with relay():
        with pytest.raises(LookupError):
            await regret()
        await tell(store, "ada", 2)
        (event,) = await stored(streams, 1)
    assert json.loads(event.data)["n"] == 2


async def test_the_trace_goes_on_from_whoever_published(
    store: CounterStore, streams: Streams, relay: Relaying, spans: InMemorySpanExporter
) -> None:
    with TracerProvider().get_tracer("test").start_as_current_span("register") as cause:
        id_ = await tell(store, "ada", 1)
    assert not trace.get_current_span().get_span_context().is_valid
    async with relay():
        (event,) = await stored(streams, 1)
        await until(lambda: bool(spans.get_finished_spans()))
    (span,) = spans.get_finished_spans()
    assert (span.name, span.kind) == ("publish event.counter.counted.v1", SpanKind.PRODUCER)
    assert span.context is not None
    assert span.parent is not None
    assert span.parent.span_id == cause.get_span_context().span_id
    assert event.headers["traceparent"].split("-")[1:3] == [
        f"{span.context.trace_id:032x}",
        f"{span.context.span_id:016x}",
    ]
    assert span.context.trace_id == cause.get_span_context().trace_id
    assert span.attributes is not None
    assert dict(span.attributes).items() >= messaging.attributes("send", event.subject, counted.name, id_, id_).items()
    assert span.attributes[names.MESSAGING_TEMPLATE] == "event.counter.counted.v1"


async def test_what_was_stored_and_how_late_is_counted(
    store: CounterStore, streams: Streams, relay: Relaying, metrics: Metrics
) -> None:
    async with relay():
        await tell(store, "ada", 1)
        await stored(streams, 1)
    value, label = metrics.registry.get_sample_value, {"event": "counter.counted"}
    assert value("events_published_total", label) == 1
    assert value("outbox_lag_seconds_count", label) == 1
    assert value("event_publish_failures_total", label) == 0


@pytest.mark.parametrize(("key", "padding"), [("", ""), ("two\nlines", ""), ("k" * 257, ""), ("ada", "x" * 300_000)])
async def test_what_no_broker_would_take_is_refused_with_its_transaction(
    store: CounterStore, key: str, padding: str
) -> None:
    with pytest.raises(NotAnEvent):
        await tell(store, key, 1, padding)
    assert await left(store) == 0


async def test_what_is_left_is_sent_before_the_process_ends(
    store: CounterStore, streams: Streams, relay: Relaying
) -> None:
    async with relay():
        for n in range(50):
            await tell(store, f"key {n % 5}", n)
    assert await left(store) == 0
    assert len(await stored(streams, 50)) == 50
