"""What a reaction did can be followed: spans, steps, figures, one line a delivery."""

from collections.abc import Generator
from datetime import timedelta

import pytest
from flowkit.bus import Bus
from flowkit.call import Call
from flowkit.contract import Conflict
from flowkit.telemetry import names
from flowkit.telemetry.spans import Tracing
from flowkit.wire import headers
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id
from structlog.testing import capture_logs

from .scenes import Diary, Visited, said, scene, write

TRACE, PUBLISH = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CARRIED = {headers.TRACEPARENT: f"00-{TRACE}-{PUBLISH}-01"}


@pytest.fixture
def spans() -> Generator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    yield exporter
    exporter.clear()


@pytest.fixture
def tracing(spans: InMemorySpanExporter) -> Tracing:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return Tracing(provider.get_tracer("test"))


def ids(span: ReadableSpan) -> tuple[str, str | None]:
    context = span.get_span_context()
    assert context is not None
    return format_trace_id(context.trace_id), format_span_id(span.parent.span_id) if span.parent else None


def attributes(span: ReadableSpan, *wanted: str) -> tuple[object, ...]:
    return tuple((span.attributes or {}).get(name) for name in wanted)


async def twice(event: Visited, call: Call, tx: Diary) -> None:
    call.about("guest", event.guest)
    with call.step("Writing it down"):
        await tx.write(event.said)
    if tx.opened == 1:
        raise Conflict("Not yet")


async def test_each_attempt_is_a_span_under_the_publishing_one(
    bus: Bus, spans: InMemorySpanExporter, tracing: Tracing
) -> None:
    async with scene(bus, twice, tracing=tracing) as host:
        event_id = await host.tell(said("hello"), changed=CARRIED)
        await host.written("hello")

    first, second = spans.get_finished_spans()
    assert [each.name for each in (first, second)] == ["process event.test.visited.v1"] * 2
    assert [each.kind for each in (first, second)] == [SpanKind.CONSUMER] * 2
    assert [ids(each) for each in (first, second)] == [(TRACE, PUBLISH)] * 2
    wanted = (names.ATTEMPT, names.OUTCOME, names.EVENT_ID, names.MESSAGING_CONSUMER, names.CALLER)
    assert attributes(first, *wanted) == (1, "again", event_id, "diary-test-visited-v1", "host")
    assert attributes(second, *wanted) == (2, "done", event_id, "diary-test-visited-v1", "host")
    assert [each.status.status_code for each in (first, second)] == [StatusCode.ERROR, StatusCode.UNSET]
    assert [step.name for step in first.events] == ["Writing it down", "REJECTED: Not yet"]
    assert [step.name for step in second.events] == ["Writing it down", "SUCCESS"]


async def test_what_happened_long_ago_is_a_trace_of_its_own_that_points_there(
    bus: Bus, spans: InMemorySpanExporter, tracing: Tracing
) -> None:
    async with scene(bus, tracing=tracing) as host:
        await host.tell(said("hello"), changed=CARRIED, ago=timedelta(minutes=6))
        await host.written("hello")

    (span,) = spans.get_finished_spans()
    trace, parent = ids(span)
    assert (trace != TRACE, parent) == (True, None)
    assert [format_span_id(link.context.span_id) for link in span.links] == [PUBLISH]


async def test_a_delivery_is_one_line_with_all_a_tree_is_made_of(bus: Bus, tracing: Tracing) -> None:
    with capture_logs() as logs:
        async with scene(bus, twice, tracing=tracing) as host:
            event_id = await host.tell(said("hello"), changed=CARRIED)
            await host.tell(said("hello"), event_id=event_id, changed=CARRIED)
            await host.written("hello")

    lines = [line for line in logs if line["event"] == names.EVENT_HANDLED]
    told = {(line["outcome"], line["log_level"]) for line in lines}
    assert told == {("again", "warning"), ("done", "info"), ("duplicate", "info")}
    done = next(line for line in lines if line["outcome"] == "done")
    assert (done["flow"], done["event_id"], done["caller"]) == ("event.test.visited.v1", event_id, "host")
    assert (done["parent_span_id"], done["about"]) == (PUBLISH, {"guest": said("").guest})
    assert [row["step"] for row in done["steps"]] == ["Writing it down", "SUCCESS"]
    assert done["age_ms"] >= done["duration_ms"] >= 0


async def test_what_is_done_is_counted_and_timed(bus: Bus) -> None:
    async with scene(bus) as host:
        event_id = await host.tell(said("hello"), ago=timedelta(seconds=100))
        await host.tell(said("hello"), event_id=event_id)
        await host.written("hello")

        def figure(name: str, **labels: str) -> float:
            return host.figure(name, event="test.visited", **labels)

        await host.until(lambda: figure(names.EVENTS_HANDLED, outcome="duplicate") == 1)
        assert figure(names.EVENTS_HANDLED, outcome="done") == 1
        assert figure(f"{names.EVENT_DURATION}_count") == 2
        assert figure(f"{names.EVENT_AGE}_count") == 1
        assert 100 <= figure(f"{names.EVENT_AGE}_sum") < 200
        assert figure(names.EVENTS_DEAD, reason="failed") == 0


async def test_what_is_left_to_do_is_told_and_for_how_long_it_has_been(bus: Bus) -> None:
    def pending() -> float:
        return host.figure(names.EVENTS_PENDING, event="test.visited")

    def unfinished() -> float:
        return host.figure(names.EVENT_UNFINISHED, event="test.visited")

    async with scene(bus) as host:
        await host.reactions.leave()
        for n in range(3):
            await host.tell(said(f"{n}"))
        await host.until(lambda: pending() == 3)
        await host.until(lambda: unfinished() > 0.05)
        async with scene(bus, write, diary=host.diary):
            await host.until(lambda: pending() == 0)
            await host.until(lambda: unfinished() == 0)


async def test_a_reaction_that_fails_says_where_once_for_each_attempt(bus: Bus) -> None:
    async def crash(_: Visited, __: Call, tx: Diary) -> None:
        if tx.opened < 3:
            raise ZeroDivisionError

    with capture_logs() as logs:
        async with scene(bus, crash) as host:
            await host.tell(said("hello"))
            await host.until(lambda: host.diary.done)
            await host.finished()

    crashes = [line for line in logs if line["event"] == "reaction crashed"]
    assert [type(line["exc_info"]) for line in crashes] == [ZeroDivisionError] * 2
