"""The trace a client wants its request to belong to. Of what it says, the ids alone are taken."""

import re

from flowkit.telemetry.ids import new_trace_id
from opentelemetry.trace import SpanContext, format_trace_id

from gateway_service.http.arrival import Arrival

_TRACEPARENT = re.compile(rb"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_TRACE_ID = re.compile(rb"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def wanted(arrival: Arrival) -> SpanContext | int | None:
    """The parent that `traceparent` names, or else the id in `x-trace-id`; whatever is malformed counts as absent."""
    if (parent := _parent(arrival.one(b"traceparent") or b"")) is not None:
        return parent
    trace_id = arrival.one(b"x-trace-id") or b""
    # All zeros is no id.
    return int(trace_id.replace(b"-", b""), 16) or None if _TRACE_ID.fullmatch(trace_id) else None


def untraced(arrival: Arrival) -> bytes:
    """The id to answer with where no trace is made: the wanted one, or one of its own."""
    found = wanted(arrival)
    number = new_trace_id() if found is None else found if isinstance(found, int) else found.trace_id
    return format_trace_id(number).encode()


def _parent(text: bytes) -> SpanContext | None:
    found = _TRACEPARENT.fullmatch(text)
    if found is None or (found[1] == b"00" and found[4] is not None):
        return None
    context = SpanContext(int(found[2], 16), int(found[3], 16), is_remote=True)
    return context if context.is_valid else None
