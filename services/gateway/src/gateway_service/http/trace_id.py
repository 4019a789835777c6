"""The trace a client wants its request to belong to. Of what it says, the ids alone are taken."""

import random
import re

from opentelemetry.trace import SpanContext, TraceFlags

from gateway_service.http.arrival import Arrival

_TRACEPARENT = re.compile(rb"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_TRACE_ID = re.compile(rb"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SPAN_BITS = 64


def wanted(arrival: Arrival) -> SpanContext | None:
    """From `traceparent`, or else `x-trace-id`; whatever is malformed counts as absent."""
    if (parent := arrival.one(b"traceparent")) is not None and (found := _from_traceparent(parent)) is not None:
        return found
    if (trace_id := arrival.one(b"x-trace-id")) is not None:
        return _from_trace_id(trace_id)
    return None


def _from_traceparent(text: bytes) -> SpanContext | None:
    found = _TRACEPARENT.fullmatch(text)
    if found is None or (found[1] == b"00" and found[4] is not None):
        return None
    return _valid(int(found[2], 16), int(found[3], 16))


def _from_trace_id(text: bytes) -> SpanContext | None:
    if _TRACE_ID.fullmatch(text) is None:
        return None
    return _valid(int(text.replace(b"-", b""), 16), random.getrandbits(_SPAN_BITS) or 1)


def _valid(trace_id: int, span_id: int) -> SpanContext | None:
    # Sampled whatever the client said: to sample or not is for this side to decide.
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return context if context.is_valid else None
