"""Log lines of a login: the gateway asks admin, admin asks auth."""

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
