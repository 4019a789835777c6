"""Spans and log lines on their way to a collector, whatever the collector is like."""

import asyncio
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest
import structlog
from flowkit.telemetry import names
from flowkit.telemetry.ids import IdsOnlyTracer, asked_trace_id
from flowkit.telemetry.logs import Logs
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.options import read_options
from flowkit.telemetry.setup import Telemetry
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, Tracer, set_span_in_context
from structlog.testing import capture_logs

from . import collectors
from .conftest import Pipe

TRACE, SPAN = 0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7
SAMPLED = TraceFlags(TraceFlags.SAMPLED)
GRPC = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
NOWHERE = "http://127.0.0.1:9"
type Absent = Callable[[], AbstractContextManager[str]]


def telemetry(
    metrics: Metrics, endpoint: str = "", environ: dict[str, str] | None = None, *, edge: bool = False
) -> Telemetry:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50"} | (environ or {})
    return Telemetry(read_options(environ, "admin", "1.2.3", "admin-1"), metrics, edge=edge)


def counted(metrics: Metrics, name: str, signal: str) -> float:
    return metrics.registry.get_sample_value(name, {"signal": signal}) or 0.0


def caller(flags: TraceFlags = SAMPLED) -> Any:
    return set_span_in_context(NonRecordingSpan(SpanContext(TRACE, SPAN, is_remote=True, trace_flags=flags)))


def slowest_span(tracer: Tracer, count: int = 2_000) -> float:
    slowest = 0.0
    for _ in range(count):
        began = time.perf_counter()
        tracer.start_span("api.v1.admin.login").end()
        slowest = max(slowest, time.perf_counter() - began)
    return slowest


async def test_spans_arrive_over_http_from_a_service_that_says_who_it_is() -> None:
    metrics = Metrics("admin")
    with collectors.over_http() as collector:
        async with telemetry(metrics, collector.endpoint, {"OTEL_EXPORTER_OTLP_HEADERS": "X-Tenant=a%20b"}) as sending:
            sending.tracer.start_span("api.v1.admin.login").end()

    assert [span.name for span in collector.spans] == ["api.v1.admin.login"]
    assert collector.headers["x-tenant"] == "a b"
    assert collector.resource["service.name"] == "admin"
    assert collector.resource["service.instance.id"] == "admin-1"
    assert collector.resource["service.version"] == "1.2.3"
    assert counted(metrics, names.TELEMETRY_SENT, "spans") == 1


async def test_spans_arrive_over_grpc() -> None:
    environ = GRPC | {"OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=a", "OTEL_LOGS_EXPORTER": "none"}
    with collectors.over_grpc() as collector:
        async with telemetry(Metrics("admin"), collector.endpoint, environ) as sending:
            sending.tracer.start_span("api.v1.admin.login").end()

    assert [span.name for span in collector.spans] == ["api.v1.admin.login"]
    assert collector.headers["x-tenant"] == "a"


async def test_log_lines_arrive_with_the_span_they_name(pipe: Pipe) -> None:
    log = structlog.get_logger()
    with collectors.over_http() as collector, Logs("admin", descriptor=pipe.writing) as logs:
        async with telemetry(Metrics("admin"), collector.endpoint) as sending:
            logs.ship_to(sending.ship)
            with sending.tracer.start_as_current_span("api.v1.admin.login") as span:
                log.warning("flow", flow="api.v1.admin.login", password="hunter2")
            logs.ship_to(None)

    (record,) = collector.records
    assert record.body.string_value == pipe.text().rstrip()
    assert record.trace_id == span.get_span_context().trace_id.to_bytes(16)
    assert record.span_id == span.get_span_context().span_id.to_bytes(8)
    assert record.severity_text == "WARNING"
    assert {pair.key: pair.value.string_value for pair in record.attributes}["flow"] == "api.v1.admin.login"


@pytest.mark.parametrize(
    "environ",
    [{}, {"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}],
)
async def test_where_nothing_is_sent_ids_are_made_and_handed_on(environ: dict[str, str]) -> None:
    endpoint = NOWHERE if environ else ""
    async with telemetry(Metrics("admin"), endpoint, environ) as silent:
        with silent.tracer.start_as_current_span("parent") as parent:
            child = silent.tracer.start_span("child")

    assert silent.ship is None
    assert parent.get_span_context().is_valid
    assert not parent.is_recording()
    assert child.get_span_context().trace_id == parent.get_span_context().trace_id
    assert child.get_span_context().span_id != parent.get_span_context().span_id


async def ordeal(absent: Absent, environ: dict[str, str]) -> tuple[float, float, float]:
    """The slowest span in seconds, the seconds stopping took, and how many spans were counted as lost."""
    metrics = Metrics("admin")
    with absent() as endpoint:
        async with telemetry(metrics, endpoint, environ) as sending:
            slowest = slowest_span(sending.tracer)
            began = time.perf_counter()
        return slowest, time.perf_counter() - began, counted(metrics, names.TELEMETRY_DROPPED, "spans")


async def test_an_absent_collector_slows_nothing_and_keeps_nobody_from_stopping() -> None:
    kinds = (collectors.refusing, collectors.frozen, collectors.black_hole)
    ordeals = {(kind.__name__, str(environ)): ordeal(kind, environ) for kind in kinds for environ in ({}, GRPC)}
    with capture_logs() as told:
        outcomes = dict(zip(ordeals, await asyncio.gather(*ordeals.values()), strict=True))

    for where, (slowest, stopping, lost) in outcomes.items():
        assert slowest < 2, where
        assert stopping < 5, where  # an export may take 10
        assert lost == 2_000, where
    assert [line["event"] for line in told] == ["telemetry not sent"] * len(ordeals)


async def test_a_full_line_drops_and_counts_every_span() -> None:
    metrics = Metrics("admin")
    bounds = {"MAX_QUEUE_SIZE": "100", "MAX_EXPORT_BATCH_SIZE": "10", "EXPORT_TIMEOUT": "50"}
    with collectors.frozen() as endpoint:
        async with telemetry(
            metrics, endpoint, {f"OTEL_BSP_{name}": bound for name, bound in bounds.items()}
        ) as sending:
            slowest_span(sending.tracer, 5_000)
            at_once = counted(metrics, names.TELEMETRY_DROPPED, "spans")

    assert at_once >= 4_500
    assert counted(metrics, names.TELEMETRY_DROPPED, "spans") == 5_000


async def test_a_collector_that_says_no_is_told_of_once_with_its_reason() -> None:
    metrics = Metrics("admin")
    with collectors.over_http(status=404) as collector, capture_logs() as told:
        async with telemetry(metrics, collector.endpoint, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1"}) as sending:
            for _ in range(5):
                sending.tracer.start_span("api.v1.admin.login").end()

    assert counted(metrics, names.TELEMETRY_FAILURES, "spans") == 5
    assert [line["event"] for line in told] == ["telemetry not sent"]
    assert "404" in told[0]["reason"]


async def test_two_in_one_process_do_not_meet() -> None:
    with collectors.over_http() as one, collectors.over_http() as other:
        async with telemetry(Metrics("a"), one.endpoint) as first, telemetry(Metrics("b"), other.endpoint) as second:
            first.tracer.start_span("first").end()
            second.tracer.start_span("second").end()

    assert [span.name for span in one.spans] == ["first"]
    assert [span.name for span in other.spans] == ["second"]
    assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


@pytest.mark.parametrize("endpoint", ["", NOWHERE])
async def test_a_root_span_takes_the_id_that_was_asked_for_and_no_other_does(endpoint: str) -> None:
    tracer = telemetry(Metrics("gateway"), endpoint, edge=True).tracer
    with asked_trace_id(TRACE):
        asked = tracer.start_span("asked").get_span_context()
        child = tracer.start_span("child", context=caller()).get_span_context()

    assert asked.trace_id == child.trace_id == TRACE
    assert not asked.trace_flags.random_trace_id
    assert tracer.start_span("next").get_span_context().trace_id != TRACE


@pytest.mark.parametrize(
    ("sampler", "sampled"), [("parentbased_always_on", True), ("parentbased_always_off", False), ("always_off", False)]
)
async def test_at_the_edge_a_callers_flag_decides_nothing(sampler: str, sampled: bool) -> None:
    edge = telemetry(Metrics("gateway"), NOWHERE, {"OTEL_TRACES_SAMPLER": sampler}, edge=True).tracer

    for flags in (SAMPLED, TraceFlags()):
        context = edge.start_span("request", context=caller(flags)).get_span_context()
        assert (context.trace_id, context.trace_flags.sampled) == (TRACE, sampled)


async def test_inside_the_callers_flag_decides() -> None:
    inside = telemetry(Metrics("admin"), NOWHERE).tracer

    assert inside.start_span("flow", context=caller(SAMPLED)).is_recording()
    assert not inside.start_span("flow", context=caller(TraceFlags())).is_recording()


@pytest.mark.parametrize(("edge", "sampled"), [(True, False), (False, True)])
def test_a_process_that_sends_nothing_hands_the_flag_on_unless_it_is_the_edge(edge: bool, sampled: bool) -> None:
    span = IdsOnlyTracer(trusting=not edge).start_span("hop", context=caller(SAMPLED))

    assert span.get_span_context().trace_flags.sampled == sampled


async def test_a_share_of_the_traces_is_sampled() -> None:
    environ = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25"}
    tracer = telemetry(Metrics("admin"), NOWHERE, environ).tracer

    sampled = sum(tracer.start_span("flow").is_recording() for _ in range(2_000))

    assert 400 < sampled < 600


@pytest.mark.parametrize("queue", ["many", "0", "32769"])
async def test_a_setting_that_is_not_understood_is_told_and_passed_over(queue: str) -> None:
    environ = {"OTEL_BSP_MAX_QUEUE_SIZE": queue, "OTEL_TRACES_SAMPLER": "sometimes"}
    with capture_logs() as told:
        async with telemetry(Metrics("admin"), NOWHERE, environ):
            pass

    assert {line["problem"].split()[0] for line in told} == {"OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_TRACES_SAMPLER"}


def test_an_endpoint_that_is_none_is_told_once_and_not_shown() -> None:
    options = read_options({"OTEL_EXPORTER_OTLP_ENDPOINT": "ada:hunter2@collector:4318"}, "admin")

    (problem,) = options.problems
    assert problem.startswith("OTEL_EXPORTER_OTLP_ENDPOINT")
    assert "hunter2" not in problem
    assert (options.spans, options.logs) == (None, None)


def test_a_process_with_a_frozen_collector_exits_in_time() -> None:
    script = """
        import asyncio, sys
        from flowkit.telemetry.metrics import Metrics
        from flowkit.telemetry.options import read_options
        from flowkit.telemetry.setup import Telemetry

        async def main(endpoint, protocol):
            environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol}
            async with Telemetry(read_options(environ, "admin"), Metrics("admin")) as telemetry:
                for _ in range(2_000):
                    telemetry.tracer.start_span("flow").end()
                print("stopping", flush=True)

        asyncio.run(main(*sys.argv[1:]))
    """
    with collectors.frozen() as endpoint, ExitStack() as stack:
        command = [sys.executable, "-c", textwrap.dedent(script), endpoint]
        processes = [
            subprocess.Popen([*command, protocol], stdout=-1, stderr=-1) for protocol in ("http/protobuf", "grpc")
        ]
        for process in processes:
            stack.enter_context(process)
            assert process.stdout
            assert process.stdout.readline() == b"stopping\n"
        began = time.perf_counter()
        assert [process.communicate(timeout=40)[1] for process in processes] == [b"", b""]
        assert [process.returncode for process in processes] == [0, 0]

    assert time.perf_counter() - began < 8


def test_made_after_a_fork_it_sends_from_the_child() -> None:
    script = """
        import asyncio, os, sys
        from flowkit.telemetry.metrics import Metrics
        from flowkit.telemetry.options import read_options
        from flowkit.telemetry.setup import Telemetry

        async def send(name, endpoint):
            options = read_options({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, "admin")
            async with Telemetry(options, Metrics("admin")) as telemetry:
                telemetry.tracer.start_span(name).end()

        endpoint = input()
        child = os.fork()
        asyncio.run(send("parent" if child else "child", endpoint))
        if child:
            os.waitpid(child, 0)
    """
    with collectors.over_http() as collector:
        command = [sys.executable, "-c", textwrap.dedent(script)]
        subprocess.run(command, input=collector.endpoint, text=True, timeout=50, check=True)

    assert sorted(span.name for span in collector.spans) == ["child", "parent"]
