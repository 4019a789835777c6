"""A request is one trace: the exact spans and their tree, over every service it went through."""

from uuid import uuid4

from contracts.bus import SERVICES
from httpx import AsyncClient

from tests.cluster import People

from .receiver import Receiver
from .signing_in import LOGIN, SIGN_IN, one, signed_in, trace_of
from .spans import tree

LIST = [
    "SERVER gateway GET /api/v1/admin/list",
    "  CLIENT gateway request api.v1.auth.validate",
    "    SERVER auth api.v1.auth.validate",
    "  CLIENT gateway request api.v1.admin.getList",
    "    SERVER admin api.v1.admin.getList",
]


async def test_a_sign_in_is_one_trace_over_gateway_customer_and_auth(
    http: AsyncClient, people: People, receiver: Receiver
) -> None:
    spans = await signed_in(http, people, receiver)
    await signed_in(http, people, receiver)  # whatever else belonged to the first would have come before these

    assert tree(spans) == SIGN_IN
    assert len(spans) == len(SIGN_IN)


async def test_a_request_with_a_new_token_is_validated_within_its_trace(
    http: AsyncClient, people: People, receiver: Receiver
) -> None:
    admin = await people.new_admin()

    first = await http.get("/api/v1/admin/list", headers=admin.bearer)
    again = await http.get("/api/v1/admin/list", headers=admin.bearer)

    first_spans = await receiver.trace(trace_of(first), len(LIST))
    assert tree(first_spans) == LIST
    assert one(first_spans, "GET /api/v1/admin/list").steps == ["Validating token"]
    again_spans = await receiver.trace(trace_of(again), 3)
    assert tree(again_spans) == [LIST[0], *LIST[3:]]
    assert one(again_spans, "GET /api/v1/admin/list").steps == ["Using cached validation"]


async def test_what_the_gateway_refuses_alone_is_one_span(http: AsyncClient, receiver: Receiver) -> None:
    for method, path, name, status in (
        ("GET", f"/nowhere/{uuid4()}", "GET", 404),
        ("DELETE", "/api/v1/healthcheck", "DELETE", 405),
        ("POST", LOGIN, f"POST {LOGIN}", 400),
        ("BREW", "/api/v1/healthcheck", "HTTP", 405),
    ):
        answer = await http.request(method, path, json={} if method == "POST" else None)

        (span,) = await receiver.trace(trace_of(answer), 1)
        assert (answer.status_code, span.name, span.status) == (status, name, "UNSET")
        assert span.attributes["http.response.status_code"] == status


async def test_a_clients_trace_id_becomes_the_root_of_the_trace(
    http: AsyncClient, people: People, receiver: Receiver
) -> None:
    trace_id = uuid4().hex

    spans = await signed_in(http, people, receiver, **{"x-trace-id": trace_id})

    assert {span.trace_id for span in spans} == {trace_id}
    assert tree(spans) == SIGN_IN  # no parent that nobody has ever seen


async def test_a_clients_span_is_the_parent_and_its_wish_not_to_be_recorded_is_not_followed(
    http: AsyncClient, people: People, receiver: Receiver
) -> None:
    trace_id, span_id = uuid4().hex, uuid4().hex[:16]
    unsampled = {"traceparent": f"00-{trace_id}-{span_id}-00", "tracestate": "a=1", "baggage": "role=root"}

    spans = await signed_in(http, people, receiver, **unsampled)

    assert tree(spans, parent_id=span_id) == SIGN_IN


async def test_a_healthcheck_asks_every_service_within_its_trace(http: AsyncClient, receiver: Receiver) -> None:
    answer = await http.get("/api/v1/healthcheck")

    services = {*SERVICES} - {"gateway"}
    spans = await receiver.trace(trace_of(answer), 3 + 2 * len(services))
    asked = {line for name in services for line in _health_of(name)}
    lines = tree(spans)
    assert lines[:3] == [
        "SERVER gateway GET /api/v1/healthcheck",
        "  CLIENT gateway request api.v1.healthcheck",
        "    SERVER gateway api.v1.healthcheck",
    ]
    assert set(lines[3:]) == asked
    assert one(spans, "api.v1.healthcheck").steps == [
        "Checking database connection",
        "Checking NATS connection",
        "SUCCESS",
    ]


def _health_of(name: str) -> tuple[str, str]:
    subject = f"flow.health.{name}"
    return (f"      CLIENT gateway request {subject}", f"        SERVER {name} {subject}")


async def test_what_a_service_does_for_itself_belongs_to_no_request(
    http: AsyncClient, people: People, receiver: Receiver
) -> None:
    """admin asks for its badge and for auth's keys when it first needs them, in the middle of a request."""
    await http.get("/api/v1/admin/list", headers=(await people.root()).bearer)

    for subject in ("api.v1.auth.keys", "auth.identify.admin"):
        traces = await receiver.traces_with(f"CLIENT admin request {subject}")

        assert {tuple(tree(spans)) for spans in traces} == {
            (f"CLIENT admin request {subject}", f"  SERVER auth {subject}")
        }
