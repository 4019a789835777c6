"""Where the server is at fault, spans say so; and a flow that ran out of time tells its trace all the same."""

from uuid import uuid4

from httpx import AsyncClient

from tests.cluster import People, Running
from tests.integration.bus import connected, impostor

from .receiver import Receiver

LIST = "/api/v1/customers"


async def test_an_unreadable_reply_fails_the_callers_spans(
    http: AsyncClient, people: People, receiver: Receiver, cluster: Running
) -> None:
    root = (await people.root()).bearer
    async with impostor(cluster, "customer", "api.v1.customer.getList", b"junk") as liar:
        answer = await liar.answers(lambda: http.get(LIST, headers=root))

    assert answer.status_code == 502
    spans = await receiver.trace_with(answer.headers["x-trace-id"], f"GET {LIST}")
    failed = {span.name: (span.status, span.attributes.get("flow.error_code")) for span in spans}
    assert failed[f"GET {LIST}"] == ("ERROR", "BAD_GATEWAY")
    assert failed["request api.v1.customer.getList"] == ("ERROR", "BAD_GATEWAY")


async def test_a_flow_past_its_deadline_fails_its_span_and_its_line_names_the_trace(
    receiver: Receiver, cluster: Running
) -> None:
    trace_id, span_id = uuid4().hex, uuid4().hex[:16]
    async with connected(cluster.nats_url) as bus:
        sent = {"traceparent": f"00-{trace_id}-{span_id}-01", "flow_timeout_ms": "600"}
        # A no takes 1.2 s.
        slow = {"email": "nobody@example.org", "password": "wrong"}
        reply = await bus.ask("api.v1.customer.login", slow, **sent)

    assert reply.told == (504, "TIMEOUT", "No answer in time")
    (span,) = await receiver.trace(trace_id, 1)
    assert (span.parent_id, span.status, span.attributes["flow.error_code"]) == (span_id, "ERROR", "TIMEOUT")
    assert span.steps == [
        "Looking up customer by email",
        "Checking login throttle",
        "Verifying password",
        "REJECTED: No answer in time",
    ]
    line = await cluster.log.flow(trace_id, "api.v1.customer.login")
    assert (line["span_id"], line["error_code"]) == (span.span_id, "TIMEOUT")
