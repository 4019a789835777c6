"""Trace and span ids, the id a client asked for, and a tracer that makes ids and records nothing."""

import random
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, NoOpTracer, Span, SpanContext, TraceFlags, get_current_span

_asked: ContextVar[int] = ContextVar("asked trace id", default=0)
_RANDOM = TraceFlags(TraceFlags.RANDOM_TRACE_ID)


@contextmanager
def asked_trace_id(trace_id: int) -> Generator[None]:
    """A root span started within takes this id; one with a parent keeps its parent's."""
    token = _asked.set(trace_id)
    try:
        yield
    finally:
        _asked.reset(token)


def new_trace_id() -> int:
    return _asked.get() or random.getrandbits(128) or 1


def new_span_id() -> int:
    return random.getrandbits(64) or 1


def is_trace_id_random() -> bool:
    """An id that someone else chose may be anything."""
    return not _asked.get()


class IdsOnlyTracer(NoOpTracer):
    """Where nothing is sent: spans that have ids and hand the trace on, at a fraction of the cost."""

    def __init__(self, *, trusting: bool = True) -> None:
        self._trusting = trusting

    def start_span(self, name: str, context: Context | None = None, *_: Any, **__: Any) -> Span:  # noqa: ARG002 - nothing keeps it
        parent = get_current_span(context).get_span_context()
        if not parent.is_valid:
            flags = _RANDOM if is_trace_id_random() else TraceFlags()
            return NonRecordingSpan(SpanContext(new_trace_id(), new_span_id(), is_remote=False, trace_flags=flags))
        believed = self._trusting or not parent.is_remote
        flags = parent.trace_flags if believed else TraceFlags(parent.trace_flags & ~TraceFlags.SAMPLED)
        span_id = new_span_id()
        return NonRecordingSpan(SpanContext(parent.trace_id, span_id, False, flags, parent.trace_state))
