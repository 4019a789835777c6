"""What spans and log lines say, to each other and in themselves, and what they never say."""

import json
from uuid import uuid4

from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.people import a_newcomer, bearer, new_email

from .receiver import Receiver
from .signing_in import LOGIN, one, sign_in, signed_in, trace_of


async def test_steps_are_events_in_their_order_timed_where_they_wrap_work(
    http: AsyncClient, people: People, receiver: Receiver
) -> None:
    spans = await signed_in(http, people, receiver)

    flow = one(spans, "api.v1.customer.login")
    assert flow.steps == [
        "Looking up customer by email",
        "Checking login throttle",
        "Verifying password",
        "Generating JWT token",
        "SUCCESS",
    ]
    look_up, throttle, verify, generate, success = flow.events
    assert all(event.attributes.keys() == {"flow.step.ms"} for event in (look_up, throttle, verify, generate))
    assert success.attributes == {}
    assert [event.at for event in flow.events] == sorted(event.at for event in flow.events)
    assert flow.began <= look_up.at <= success.at <= flow.ended
    assert verify.attributes["flow.step.ms"] > 5
    # The wrapped call to auth fits into the step that wraps it.
    issue = one(spans, "request api.v1.auth.issue")
    assert (issue.ended - issue.began) / 1e6 <= generate.attributes["flow.step.ms"] + 1
    assert one(spans, "api.v1.auth.issue").steps == ["Opening session", "Signing access token", "SUCCESS"]


async def test_spans_say_what_they_are_and_no_more(http: AsyncClient, people: People, receiver: Receiver) -> None:
    ada = await people.new_customer()
    spans = await sign_in(ada, http, receiver)

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
            "flow.about.customer": ada.id,
        },
        {"rpc.system": "nats", "rpc.method": "api.v1.auth.issue", "flow.status": 200},
        {
            "rpc.system": "nats",
            "rpc.method": "api.v1.auth.issue",
            "flow.caller": "customer",
            "flow.status": 200,
            "flow.about.customer": ada.id,
        },
    ]
    for span in spans:
        assert {"service.name", "service.instance.id"} <= span.resource.keys()
        assert span.resource["service.name"] == span.service


async def test_who_asked_and_whom_it_concerns_is_said_by_spans_and_lines_alike(
    http: AsyncClient, people: People, receiver: Receiver
) -> None:
    admin, ada = await people.new_admin(), await people.new_customer()
    path = f"/api/v1/customers/{ada.id}"

    answer = await http.get(path, headers=admin.bearer)

    spans = await receiver.trace(trace_of(answer), 5)
    edge, flow = one(spans, "GET /api/v1/customers/{id}"), one(spans, "api.v1.customer.get")
    assert edge.attributes["user.id"] == flow.attributes["user.id"] == admin.id
    assert flow.attributes["flow.about.customer"] == ada.id
    assert edge.attributes["url.path"] == path
    for span, event, fields in (
        (edge, "request", {"user_id": admin.id}),
        (flow, "flow", {"user_id": admin.id, "about": {"customer": ada.id}}),
    ):
        line = await receiver.log(event, span.trace_id, span.span_id)
        assert fields.items() <= json.loads(line.body).items()
        assert line.attributes["user.id"] == admin.id
    assert line.attributes["flow.about.customer"] == ada.id


async def test_a_trace_is_marked_where_the_client_asked_for_it(http: AsyncClient, receiver: Receiver) -> None:
    trace_id = uuid4().hex
    for headers, marked in (({}, None), ({"x-trace-id": trace_id}, True), ({"x-trace-id": "malformed"}, None)):
        answer = await http.get("/api/v1/auth/me", headers=headers)
        (span,) = await receiver.trace(trace_of(answer), 1)
        assert span.attributes.get("flow.trace.asked") is marked


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
