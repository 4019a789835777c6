"""Where a black box cannot be had, or nobody takes what was in it."""

import asyncio
from pathlib import Path

import pytest
from flowkit.telemetry import names
from flowkit.telemetry.metrics import Metrics
from structlog.testing import capture_logs

from . import collectors, dying
from .succeeding import boxes, files_in, kill_one_at_work, living, told_of, until


async def test_what_no_collector_takes_waits_for_the_one_after(tmp_path: Path) -> None:
    kill_one_at_work(tmp_path)
    with collectors.refusing() as nobody, capture_logs() as lines:
        async with living(tmp_path, nobody):
            await until(lambda: any(line["event"] == names.PROCESS_DIED for line in lines))
            await asyncio.sleep(0.2)
    assert len(boxes(tmp_path)) == 1

    spans, _, lines = await told_of(tmp_path)

    assert set(spans) == {dying.FLOW, f"request {dying.ASKED}"}
    assert lines == []  # all that there is to say has been said


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
            assert metrics.registry.get_sample_value(names.SPANS_UNBOXED) == 0

    assert files_in(tmp_path) == []


async def test_without_a_folder_it_can_write_to_it_lives_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with collectors.over_http() as collector, capture_logs() as lines:
        async with living(tmp_path / "file", collector.endpoint) as telemetry:
            telemetry.tracer.start_span("lives").end()

    assert [span.name for span in collector.spans] == ["lives"]
    assert [line["event"] for line in lines] == ["no black box"]


WAITING = "5000"
NONE_LEAVES = {
    "OTEL_BSP_MAX_QUEUE_SIZE": WAITING,
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": WAITING,
    "OTEL_BSP_SCHEDULE_DELAY": "3600000",
}


async def test_what_waits_for_a_collector_leaves_room_for_what_is_under_way(tmp_path: Path) -> None:
    with collectors.over_http() as collector:
        async with living(tmp_path, collector.endpoint, settings=NONE_LEAVES) as telemetry:
            for _ in range(int(WAITING) - 1):
                telemetry.tracer.start_span("waits").end()
            under_way = telemetry.tracer.start_span("under way")
            assert telemetry.box is not None
            assert telemetry.box.page(under_way.get_span_context().span_id) is not None
            assert telemetry.box.missed == 0


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


async def test_where_the_disk_is_full_it_lives_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


async def test_where_the_disk_is_full_the_dead_are_told_of_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_one_at_work(tmp_path)
    monkeypatch.setattr("os.posix_fallocate", full)

    with collectors.over_http() as collector:
        async with living(tmp_path, collector.endpoint):
            await until(lambda: boxes(tmp_path) == [])

    assert len(collector.spans) == 2
