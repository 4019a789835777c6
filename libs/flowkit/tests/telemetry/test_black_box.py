"""What a process was doing when it was killed is told by the next one."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flowkit.telemetry import names
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.options import read_options
from flowkit.telemetry.setup import Telemetry
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from structlog.testing import capture_logs

from . import collectors, dying

WITHIN_S = 30.0
NOWHERE = "http://127.0.0.1:9"


def kill_one_at_work(folder: Path, how_many: int = 1) -> None:
    command = [sys.executable, str(Path(dying.__file__)), str(folder), NOWHERE]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(how_many)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == b"at work\n"
    for process in started:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=WITHIN_S)


@asynccontextmanager
async def living(folder: Path, endpoint: str, metrics: Metrics | None = None) -> AsyncGenerator[Telemetry]:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_LOGS_EXPORTER": "none", "OTEL_BSP_SCHEDULE_DELAY": "50"}
    options = read_options(environ, "customer", "1.2.4", "customer-2")
    async with Telemetry(options, metrics or Metrics("customer"), boxes=folder) as telemetry:
        yield telemetry


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not claim():
            await asyncio.sleep(0.01)


def boxes(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.box"))


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def told_of(folder: Path) -> tuple[dict[str, Any], dict[str, str], list[Any]]:
    """What a successor sends, by name, and under whose name; and its log lines."""
    with collectors.over_http() as collector, capture_logs() as lines:
        async with living(folder, collector.endpoint):
            await until(lambda: len(boxes(folder)) == 1)
    return {span.name: span for span in collector.spans}, collector.resource, list(lines)


def attributes(span: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes}


async def test_a_flow_that_was_cut_off_is_told_with_the_steps_it_had_said(tmp_path: Path) -> None:
    kill_one_at_work(tmp_path)

    spans, resource, _ = await told_of(tmp_path)

    cut = spans[dying.FLOW]
    assert (cut.trace_id.hex(), cut.parent_span_id.hex()) == (dying.TRACE_ID, dying.CALLERS_SPAN)
    assert cut.kind == WireSpan.SPAN_KIND_SERVER
    assert [event.name for event in cut.events] == ["Hashing password", "Creating customer"]
    assert [bool(event.attributes) for event in cut.events] == [True, False]
    assert (cut.status.code, cut.status.message) == (2, "The process died")
    assert cut.start_time_unix_nano < cut.events[0].time_unix_nano
    assert cut.end_time_unix_nano == cut.events[1].time_unix_nano
    told = attributes(cut)
    assert told[names.CUT_OFF] is True
    assert (told[names.CALLER], told[names.ABOUT_CUSTOMER]) == ("gateway", "ada")
    assert (resource["service.instance.id"], resource["service.version"]) == ("customer-1", "1.2.3")


async def test_what_had_ended_and_not_left_is_told_whole(tmp_path: Path) -> None:
    kill_one_at_work(tmp_path)

    spans, _, _ = await told_of(tmp_path)

    call = spans[f"request {dying.ASKED}"]
    assert call.status.code == 0
    assert attributes(call) == {names.RPC_SYSTEM: "nats", names.RPC_METHOD: dying.ASKED, names.STATUS: 200}
    assert call.end_time_unix_nano > call.start_time_unix_nano


async def test_one_line_says_who_died_and_what_the_youngest_were_doing(tmp_path: Path) -> None:
    kill_one_at_work(tmp_path)

    _, _, lines = await told_of(tmp_path)

    (line,) = [line for line in lines if line["event"] == names.PROCESS_DIED]
    assert (line["instance"], line["cut_off"], line["unsent"]) == ("customer-1", 1, 1)
    (youngest,) = line["youngest"]
    assert (youngest["span"], youngest["doing"]) == (dying.FLOW, "Creating customer")
    assert youngest["trace_id"] == dying.TRACE_ID
    assert datetime.fromisoformat(youngest["since"]) <= datetime.now(UTC)


async def test_a_flow_that_was_cut_off_gets_the_line_it_never_said(tmp_path: Path) -> None:
    kill_one_at_work(tmp_path)

    _, _, lines = await told_of(tmp_path)

    (line,) = [line for line in lines if line["event"] == names.FLOW_HANDLED]
    assert (line["flow"], line["cut_off"], line["parent_span_id"]) == (dying.FLOW, True, dying.CALLERS_SPAN)
    assert [row["step"] for row in line["steps"]] == ["Hashing password", "Creating customer"]
    assert line["status"] is None


async def test_it_is_told_once(tmp_path: Path) -> None:
    kill_one_at_work(tmp_path)
    await told_of(tmp_path)

    assert await told_of(tmp_path) == ({}, {}, [])
    assert files_in(tmp_path) == []


async def test_several_that_died_are_told_of_by_one(tmp_path: Path) -> None:
    kill_one_at_work(tmp_path, how_many=3)

    _, _, lines = await told_of(tmp_path)

    assert len([line for line in lines if line["event"] == names.PROCESS_DIED]) == 3


async def test_two_that_come_at_once_share_what_is_there(tmp_path: Path) -> None:
    kill_one_at_work(tmp_path, how_many=3)

    with collectors.over_http() as collector:
        async with living(tmp_path, collector.endpoint), living(tmp_path, collector.endpoint):
            await until(lambda: len(boxes(tmp_path)) == 2)

    assert len(collector.spans) == 3 * 2


async def test_the_living_are_left_alone(tmp_path: Path) -> None:
    with collectors.over_http() as collector, capture_logs() as lines:
        async with living(tmp_path, collector.endpoint) as first:
            under_way = first.tracer.start_span("under way")
            async with living(tmp_path, collector.endpoint):
                await asyncio.sleep(0.2)
            under_way.end()

    assert [span.name for span in collector.spans] == ["under way"]
    assert lines == []


async def test_after_a_clean_stop_nothing_is_left_and_nothing_told_twice(tmp_path: Path) -> None:
    with collectors.over_http() as collector:
        async with living(tmp_path, collector.endpoint) as first:
            first.tracer.start_span("told of").end()
            unended = first.tracer.start_span("never ended")
        async with living(tmp_path, collector.endpoint):
            await asyncio.sleep(0.2)

    assert unended.is_recording()
    assert [span.name for span in collector.spans] == ["told of"]
    assert files_in(tmp_path) == []


async def test_what_no_collector_takes_waits_for_the_one_after(tmp_path: Path) -> None:
    kill_one_at_work(tmp_path)
    with collectors.refusing() as nobody, capture_logs() as lines:
        async with living(tmp_path, nobody):
            await until(lambda: any(line["event"] == names.PROCESS_DIED for line in lines))
            await asyncio.sleep(0.2)
    assert len(boxes(tmp_path)) == 1

    spans, _, _ = await told_of(tmp_path)

    assert set(spans) == {dying.FLOW, f"request {dying.ASKED}"}


async def test_a_collector_that_comes_later_is_told(tmp_path: Path) -> None:
    kill_one_at_work(tmp_path)
    metrics = Metrics("customer")
    with collectors.over_http(status=404) as collector:
        async with living(tmp_path, collector.endpoint, metrics):
            await until(lambda: len(collector.spans) > 0)
            collector.status = 200
            await until(lambda: len(boxes(tmp_path)) == 1)

    assert metrics.registry.get_sample_value(names.TELEMETRY_SENT, {"signal": "spans"}) == 2
    assert metrics.registry.get_sample_value(names.SPANS_CUT_OFF) == 1


async def test_what_a_collector_refuses_is_given_up_and_its_place_is_free_again(tmp_path: Path) -> None:
    metrics = Metrics("customer")
    with collectors.over_http(status=404) as collector:
        async with living(tmp_path, collector.endpoint, metrics) as telemetry:
            for _ in range(5_000):
                telemetry.tracer.start_span("refused").end()
                await asyncio.sleep(0)
            await until(lambda: len(collector.spans) > 0)

    assert files_in(tmp_path) == []


async def test_without_a_folder_it_can_write_to_it_lives_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with collectors.over_http() as collector, capture_logs() as lines:
        async with living(tmp_path / "file", collector.endpoint) as telemetry:
            telemetry.tracer.start_span("lives").end()

    assert [span.name for span in collector.spans] == ["lives"]
    assert [line["event"] for line in lines] == ["no black box"]


async def test_where_the_disk_is_full_it_lives_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with collectors.over_http() as collector, capture_logs() as lines:
        async with living(tmp_path, collector.endpoint) as telemetry:
            telemetry.tracer.start_span("lives").end()

    assert [span.name for span in collector.spans] == ["lives"]
    assert [(line["event"], line["reason"]) for line in lines] == [("no black box", "No space left on device")]
    assert files_in(tmp_path) == []


async def test_after_the_machine_went_down_a_box_says_only_that_there_was_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_one_at_work(tmp_path)
    monkeypatch.setattr("flowkit.telemetry.box.left.this_boot", lambda: "another")

    spans, _, lines = await told_of(tmp_path)

    assert spans == {}
    (line,) = lines
    assert line["passed_over"].startswith("the machine went down")
