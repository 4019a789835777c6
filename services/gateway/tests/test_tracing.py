"""What is told of a request: its ids on the answer, its one span, its one log line."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog
from contracts import admin
from flowkit.call import Call
from flowkit.telemetry import ids
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id

from .answers import data_of
from .world import ADMIN, World, a_world, bearer, failing

LIST = "/api/v1/admin/list"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
UUID = f"{TRACE[:8]}-{TRACE[8:12]}-{TRACE[12:16]}-{TRACE[16:20]}-{TRACE[20:]}"


class AskedIds(RandomIdGenerator):
    """As the process's own are."""

    def generate_trace_id(self) -> int:
        return ids.new_trace_id()


@dataclass(frozen=True, slots=True)
class Recorded:
    world: World
    http: httpx.AsyncClient
    exporter: InMemorySpanExporter

    def spans(self, answer: httpx.Response) -> dict[str, ReadableSpan]:
        wanted = int(answer.headers["x-trace-id"], 16)
        finished = self.exporter.get_finished_spans()
        return {span.name: span for span in finished if span.context and span.context.trace_id == wanted}


@pytest_asyncio.fixture(loop_scope="session")
async def recorded() -> AsyncGenerator[Recorded]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(ALWAYS_ON, id_generator=AskedIds(), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    async with a_world(tracer=provider.get_tracer("test")) as world, httpx.AsyncClient(base_url=world.url) as http:
        yield Recorded(world, http, exporter)


async def two_steps(_: object, call: Call) -> admin.AdminPage:
    call.step("Fetching admin list")
    call.step("Counting total admins")
    return admin.AdminPage(items=(), total=0, page=1, limit=10)


def lines(told: list[Any]) -> list[Mapping[str, Any]]:
    return [line for line in told if line["event"] == "request"]


@pytest.mark.parametrize(
    "headers", [{"traceparent": f"00-{TRACE}-{SPAN}-00"}, {"x-trace-id": TRACE}, {"x-trace-id": UUID}]
)
async def test_a_client_may_choose_its_trace(recorded: Recorded, headers: dict[str, str]) -> None:
    for path in ("/api/v1/healthcheck", "/nowhere"):
        answer = await recorded.http.get(path, headers=headers)
        assert answer.headers["x-trace-id"] == TRACE
    assert dict(recorded.spans(answer)["GET"].attributes or {})["flow.trace.asked"] is True
    assert "GET /api/v1/healthcheck" in recorded.spans(answer)


async def test_a_trace_nobody_asked_for_is_not_marked_so(recorded: Recorded) -> None:
    answer = await recorded.http.get("/nowhere", headers={"x-trace-id": "malformed"})

    assert "flow.trace.asked" not in dict(recorded.spans(answer)["GET"].attributes or {})


@pytest.mark.parametrize("given", ["zz", "0" * 32, f"00-{TRACE}-{SPAN}", "a" * 31, "<script>"])
async def test_what_can_be_no_trace_is_neither_used_nor_shown(http: httpx.AsyncClient, given: str) -> None:
    answer = await http.get("/api/v1/healthcheck", headers={"x-trace-id": given, "traceparent": given})

    assert given not in str(answer.headers)
    assert len(answer.headers["x-trace-id"]) == 32


async def test_nothing_else_a_client_says_of_its_trace_travels_on(world: World, http: httpx.AsyncClient) -> None:
    carried: list[Mapping[str, str]] = []
    spy = world.broker.connect("spy")
    await spy.subscribe("api.v1.healthcheck", lambda message: carried.append(message.headers))
    parent = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "vendor=1", "baggage": "user=ada"}

    await http.get("/api/v1/healthcheck", headers=parent | {"x-request-id": "mine"})

    (headers,) = carried
    assert headers["traceparent"].startswith(f"00-{TRACE}-")
    assert SPAN not in headers["traceparent"]
    assert headers["x-request-id"] == "mine"
    assert not {"tracestate", "baggage", "flow-identity"} & headers.keys()


@pytest.mark.parametrize("path", ["/api/v1/healthcheck", "/nowhere", LIST])
async def test_a_request_keeps_its_id_or_gets_one(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path, headers={"x-request-id": "mine-42"})).headers["x-request-id"] == "mine-42"
    assert len((await http.get(path, headers={"x-request-id": "x" * 129})).headers["x-request-id"]) == 32


async def test_one_span_a_request_and_two_a_call(recorded: Recorded) -> None:
    recorded.world.answer(admin.get_list, two_steps)

    answer = await recorded.http.get(LIST, headers=bearer(ADMIN))

    spans = recorded.spans(answer)
    assert set(spans) == {
        f"GET {LIST}",
        "request api.v1.auth.validate",
        "api.v1.auth.validate",
        "request api.v1.admin.getList",
        "api.v1.admin.getList",
    }
    span = spans[f"GET {LIST}"]
    assert (span.kind, span.parent, span.status.status_code) == (SpanKind.SERVER, None, StatusCode.UNSET)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": LIST,
        "http.response.status_code": 200,
        "url.path": LIST,
        "user.id": ADMIN.id,
    }
    assert [event.name for event in span.events] == ["Validating token"]
    for name in ("request api.v1.auth.validate", "request api.v1.admin.getList"):
        parent = spans[name].parent
        assert parent is not None
        assert span.context is not None
        assert parent.span_id == span.context.span_id


async def test_the_span_of_an_unknown_route_is_named_by_its_method(recorded: Recorded) -> None:
    for method, name, told in (("GET", "GET", "GET"), ("BREW", "HTTP", "_OTHER")):
        answer = await recorded.http.request(method, "/nowhere/42")
        span = recorded.spans(answer)[name]
        attributes = dict(span.attributes or {})
        assert "http.route" not in attributes
        assert (attributes["http.request.method"], attributes["http.response.status_code"]) == (told, 404)
        assert span.status.status_code is StatusCode.UNSET


async def test_a_span_is_named_by_its_template(recorded: Recorded) -> None:
    answer = await recorded.http.get("/api/v1/customers/42", headers=bearer(ADMIN))

    assert "GET /api/v1/customers/{id}" in recorded.spans(answer)


async def test_only_a_fault_of_the_server_fails_the_span(recorded: Recorded) -> None:
    recorded.world.answer(admin.get_list, failing(RuntimeError("boom")))

    with structlog.testing.capture_logs():
        failed = await recorded.http.get(LIST, headers=bearer(ADMIN))
    refused = await recorded.http.get(LIST)

    for answer, status, error_code in (
        (failed, StatusCode.ERROR, "INTERNAL_ERROR"),
        (refused, StatusCode.UNSET, "UNAUTHORIZED"),
    ):
        span = recorded.spans(answer)[f"GET {LIST}"]
        assert (span.status.status_code, dict(span.attributes or {})["flow.error_code"]) == (status, error_code)


async def test_one_line_tells_the_whole_of_a_request(recorded: Recorded) -> None:
    recorded.world.answer(admin.get_list, two_steps)
    with structlog.testing.capture_logs() as told:
        answer = await recorded.http.get(LIST, headers=bearer(ADMIN) | {"x-request-id": "mine"})
    data_of(answer)

    (line,) = lines(told)
    assert (line["method"], line["route"], line["status"], line["error_code"]) == ("GET", LIST, 200, None)
    assert line["request_id"] == "mine"
    assert line["duration_ms"] > 0
    assert [step["step"] for step in line["steps"]] == ["Validating token"]
    assert line["trace"] == ["Fetching admin list", "Counting total admins", "SUCCESS"]
    assert [call["flow"] for call in line["calls"]] == ["api.v1.auth.validate", "api.v1.admin.getList"]
    spans = recorded.spans(answer)
    for call in line["calls"]:
        context = spans[f"request {call['flow']}"].context
        assert context is not None
        assert call["span_id"] == format_span_id(context.span_id)
        assert format_trace_id(context.trace_id) == answer.headers["x-trace-id"]


@pytest.mark.parametrize(
    ("request_line", "status", "code", "step"),
    [
        ("GET /nowhere", 404, "NOT_FOUND", "REJECTED: Not found"),
        (f"DELETE {LIST}", 405, "METHOD_NOT_ALLOWED", "REJECTED: Method not allowed"),
        (f"GET {LIST}", 401, "UNAUTHORIZED", "REJECTED: No token provided"),
        ("POST /api/v1/admin/login", 400, "VALIDATION_ERROR", "REJECTED: Invalid input"),
    ],
)
async def test_a_refusal_at_the_edge_has_its_line_too(
    http: httpx.AsyncClient, request_line: str, status: int, code: str, step: str
) -> None:
    method, path = request_line.split()
    with structlog.testing.capture_logs() as told:
        await http.request(method, path)

    (line,) = lines(told)
    assert (line["status"], line["error_code"]) == (status, code)
    assert [each["step"] for each in line["steps"]] == [step]
    assert line["path"] == (None if line["route"] else path)


async def test_requests_are_counted_by_their_template(world: World, http: httpx.AsyncClient) -> None:
    for path in ("/api/v1/customers/1", "/api/v1/customers/2", "/nowhere/1", "/nowhere/2"):
        await http.get(path)

    told, _ = world.metrics.render()
    for series in (
        b'error_code="UNAUTHORIZED",method="GET",route="/api/v1/customers/{id}",status="401"',
        b'error_code="NOT_FOUND",method="GET",route="none",status="404"',
    ):
        assert b"http_requests_total{%b} 2.0" % series in told
