"""A request is one trace: the exact spans, their tree, their steps, over every service it went through."""

from uuid import uuid4

from httpx import AsyncClient, Response

from tests.cluster import People, Running
from tests.cluster.people import PASSWORD, a_newcomer, bearer, new_email

from .receiver import Receiver
from .spans import Span, tree

LOGIN = "/api/v1/customer/login"
SIGN_IN = [
    "SERVER gateway POST /api/v1/customer/login",
    "  CLIENT gateway request api.v1.customer.login",
    "    SERVER customer api.v1.customer.login",
    "      CLIENT customer request api.v1.auth.issue",
    "        SERVER auth api.v1.auth.issue",
]
LIST = [
    "SERVER gateway GET /api/v1/admin/list",
    "  CLIENT gateway request api.v1.auth.validate",
    "    SERVER auth api.v1.auth.validate",
    "  CLIENT gateway request api.v1.admin.getList",
    "    SERVER admin api.v1.admin.getList",
]


def trace_of(answer: Response) -> str:
    return answer.headers["x-trace-id"]


def one(spans: list[Span], name: str) -> Span:
    (found,) = [span for span in spans if span.name == name]
    return found


async def signed_in(http: AsyncClient, people: People, receiver: Receiver, **headers: str) -> list[Span]:
    """The spans of a customer's sign-in."""
    ada = await people.new_customer()
    answer = await http.post(LOGIN, json={"email": ada.email, "password": PASSWORD}, headers=headers)
    assert answer.status_code == 200
    return await receiver.trace(trace_of(answer), len(SIGN_IN))


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


async def test_steps_are_events_in_their_order_timed_where_they_wrap_work(
    http: AsyncClient, people: People, receiver: Receiver
) -> None:
    spans = await signed_in(http, people, receiver)

    flow = one(spans, "api.v1.customer.login")
    assert flow.steps == ["Looking up customer by email", "Verifying password", "Generating JWT token", "SUCCESS"]
    look_up, verify, generate, success = flow.events
    assert all(event.attributes.keys() == {"flow.step.ms"} for event in (look_up, verify, generate))
    assert success.attributes == {}
    assert [event.at for event in flow.events] == sorted(event.at for event in flow.events)
    assert flow.began <= look_up.at <= success.at <= flow.ended
    assert verify.attributes["flow.step.ms"] > 5
    # The wrapped call to auth fits into the step that wraps it.
    issue = one(spans, "request api.v1.auth.issue")
    assert (issue.ended - issue.began) / 1e6 <= generate.attributes["flow.step.ms"] + 1
    assert one(spans, "api.v1.auth.issue").steps == ["Signing access token", "SUCCESS"]


async def test_spans_say_what_they_are_and_no_more(http: AsyncClient, people: People, receiver: Receiver) -> None:
    spans = await signed_in(http, people, receiver)

    assert [span.attributes for span in sorted(spans, key=lambda span: span.began)] == [
        {
            "http.request.method": "POST",
            "http.route": LOGIN,
            "http.response.status_code": 200,
            "url.path": LOGIN,
        },
        {"rpc.system": "nats", "rpc.method": "api.v1.customer.login", "flow.status": 200},
        {
            "rpc.system": "nats",
            "rpc.method": "api.v1.customer.login",
            "flow.caller": "gateway",
            "flow.status": 200,
        },
        {"rpc.system": "nats", "rpc.method": "api.v1.auth.issue", "flow.status": 200},
        {"rpc.system": "nats", "rpc.method": "api.v1.auth.issue", "flow.caller": "customer", "flow.status": 200},
    ]
    for span in spans:
        assert {"service.name", "service.instance.id"} <= span.resource.keys()
        assert span.resource["service.name"] == span.service


async def test_an_error_that_is_the_callers_fails_no_span(
    http: AsyncClient, people: People, receiver: Receiver
) -> None:
    ada = await people.new_customer()

    wrong = await http.post(LOGIN, json={"email": ada.email, "password": "wrong"})
    taken = await http.post("/api/v1/customer/register", json=a_newcomer(ada.email))

    for answer, error_code, last_step in (
        (wrong, "UNAUTHORIZED", "REJECTED: Invalid credentials"),
        (taken, "CONFLICT", "REJECTED: Email already exists"),
    ):
        spans = await receiver.trace(trace_of(answer), 3)
        assert {span.status for span in spans} == {"UNSET"}
        flow = next(span for span in spans if span.service == "customer")
        told = flow.attributes["flow.error_code"], flow.attributes["flow.status"], flow.steps[-1]
        assert told == (error_code, answer.status_code, last_step)


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

    spans = await receiver.trace(trace_of(answer), 9)
    services = ("admin", "auth", "customer")
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
    """admin asks for auth's keys when the first identity comes along, in the middle of a request."""
    await http.get("/api/v1/admin/list", headers=(await people.root()).bearer)

    keys = await receiver.traces_with("CLIENT admin request api.v1.auth.keys")

    assert [tree(spans) for spans in keys] == [
        ["CLIENT admin request api.v1.auth.keys", "  SERVER auth api.v1.auth.keys"]
    ]


async def test_log_lines_and_spans_name_each_other(
    http: AsyncClient, people: People, receiver: Receiver, cluster: Running
) -> None:
    spans = await signed_in(http, people, receiver)
    trace_id = spans[0].trace_id

    request = await cluster.log.request(trace_id)
    flow = await cluster.log.flow(trace_id, "api.v1.customer.login")

    assert request["span_id"] == one(spans, f"POST {LOGIN}").span_id
    assert flow["span_id"] == one(spans, "api.v1.customer.login").span_id
    assert flow["parent_span_id"] == one(spans, "request api.v1.customer.login").span_id
    assert [call["span_id"] for call in flow["calls"]] == [one(spans, "request api.v1.auth.issue").span_id]


async def test_log_lines_are_sent_along_with_the_trace_they_belong_to(
    http: AsyncClient, people: People, receiver: Receiver
) -> None:
    spans = await signed_in(http, people, receiver)
    flow = one(spans, "api.v1.customer.login")

    sent = await receiver.log("flow", flow.trace_id, flow.span_id)

    assert sent.resource["service.name"] == "customer"
    assert sent.attributes["flow"] == "api.v1.customer.login"


async def test_secrets_reach_neither_span_nor_log(
    http: AsyncClient, people: People, receiver: Receiver, cluster: Running
) -> None:
    password, email = f"secret {uuid4().hex}", new_email()
    await http.post("/api/v1/customer/register", json=a_newcomer(email) | {"password": password})
    answer = await http.post(LOGIN, json={"email": email, "password": password})
    token = answer.json()["data"]["token"]
    await http.get("/api/v1/auth/me", params={"access_token": token})
    me = await http.get("/api/v1/auth/me", headers=bearer(token))
    await receiver.trace(trace_of(me), 5)

    told = repr(receiver.spans) + repr(cluster.log.lines) + repr(receiver.lines)
    assert email not in told
    assert password not in told
    assert token not in told
    assert people.root_password not in told
