"""What a process was doing when it was killed is told by the next one."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flowkit.telemetry import names
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from structlog.testing import capture_logs

from . import collectors, dying
from .succeeding import boxes, files_in, kill_one_at_work, living, told_of, until


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
