"""Log lines of a login: the gateway asks admin, admin asks auth; and of a registration, with what comes of it."""

from typing import Any

import msgspec
from flowctl.tree import Line, read

TRACE = "0af7651916cd43dd8448eb211c80319c"


def a_line(**fields: Any) -> Line:
    line = read(msgspec.json.encode({"event": "flow", "trace_id": TRACE, "status": 200} | fields))
    assert line is not None
    return line


def a_call(flow: str, span_id: str, at_ms: float = 0.0, **fields: Any) -> dict[str, Any]:
    return {"flow": flow, "span_id": span_id, "at_ms": at_ms, "ms": 3.0} | fields


REQUEST = a_line(
    event="request",
    service="gateway",
    method="POST",
    route="/api/v1/admin/login",
    duration_ms=70.2,
    calls=[a_call("api.v1.admin.login", "a1", 2.0)],
)
LOGIN = a_line(
    service="admin",
    flow="api.v1.admin.login",
    caller="gateway",
    parent_span_id="a1",
    duration_ms=60.1,
    steps=[
        {"step": "Looking up admin by email", "at_ms": 0.1},
        {"step": "Verifying password", "at_ms": 1.2, "ms": 58.0},
        {"step": "SUCCESS", "at_ms": 60.1},
    ],
    calls=[a_call("api.v1.auth.issue", "b1", 59.5)],
)
ISSUE = a_line(
    service="auth",
    flow="api.v1.auth.issue",
    caller="admin",
    parent_span_id="b1",
    duration_ms=0.4,
    steps=[{"step": "SUCCESS", "at_ms": 0.3}],
)


def an_event(service: str, flow: str, event_id: str, span_id: str, **fields: Any) -> Line:
    usual = {"outcome": "done", "caller": "customer", "parent_span_id": f"publish-{event_id}", "duration_ms": 5.0}
    about = {"event": "event", "service": service, "flow": flow, "event_id": event_id, "span_id": span_id}
    return a_line(**(about | {"status": None} | usual | fields))


def an_announcement(event: str, event_id: str, at_ms: float = 0.0) -> dict[str, Any]:
    return {"event": event, "event_id": event_id, "at_ms": at_ms}


REGISTER = a_line(
    service="customer",
    flow="api.v1.customer.register",
    status=201,
    parent_span_id="r1",
    caller="gateway",
    duration_ms=70.0,
    steps=[{"step": "Creating customer", "at_ms": 60.0}, {"step": "SUCCESS", "at_ms": 70.0}],
    announced=[an_announcement("customer.registered", "e1", 62.0)],
)
REGISTRATION = a_line(
    event="request",
    method="POST",
    route="/register",
    status=201,
    duration_ms=75.0,
    calls=[a_call("api.v1.customer.register", "r1", 2.0)],
)
WELCOME = an_event(
    "order",
    "event.customer.registered.v1",
    "e1",
    "w1",
    steps=[{"step": "SUCCESS", "at_ms": 4.0}],
    announced=[an_announcement("order.created", "e2", 3.0)],
)
PUT_DOWN = an_event("notification", "event.customer.registered.v1", "e1", "n1")
SENT = a_line(
    event="notification",
    service="notification",
    flow="send notification",
    status=None,
    outcome="sent",
    parent_span_id="n1",
    span_id="s1",
)
PAID = an_event("payment", "event.order.created.v1", "e2", "p1", caller="order")
ACTORS = {"customer.registered": frozenset(("order", "notification")), "order.created": frozenset(("payment",))}


def actors(event: str) -> frozenset[str]:
    return ACTORS.get(event, frozenset())
