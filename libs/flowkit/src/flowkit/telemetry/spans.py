"""The two spans of a call, and how a trace travels between them. The OpenTelemetry API only."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import context as otel_context
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.trace import (
    Link,
    Span,
    SpanKind,
    StatusCode,
    Tracer,
    format_span_id,
    format_trace_id,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from flowkit.contract.errors import ErrorCode
from flowkit.telemetry import names
from flowkit.telemetry.box.recorder import BlackBox
from flowkit.telemetry.steps import Steps
from flowkit.wire import headers

# Where the server is at fault; anything else is the caller's doing and no failure of the span.
SERVER_FAULTS: frozenset[ErrorCode] = frozenset(("INTERNAL_ERROR", "BAD_GATEWAY", "SERVICE_UNAVAILABLE", "TIMEOUT"))

_NOWHERE = Context()
_propagator = CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])


@dataclass(frozen=True, slots=True)
class FlowSpan:
    """A flow's span, the context to run the flow in, and the caller's span it hangs from."""

    span: Span
    context: Context
    parent_span_id: str | None


@dataclass(frozen=True, slots=True)
class Tracing:
    """Starts the spans; hands a trace to the wire and takes it from there."""

    tracer: Tracer
    box: BlackBox | None = None

    @contextmanager
    def calling(self, subject: str, attempt: int = 1) -> Generator[Span]:
        """The caller's span, the current one for as long as the call takes."""
        told: dict[str, str | int] = {names.RPC_SYSTEM: "nats", names.RPC_METHOD: subject}
        if attempt > 1:
            told[names.ATTEMPT] = attempt
        span = self.tracer.start_span(f"request {subject}", kind=SpanKind.CLIENT, attributes=told)
        token = otel_context.attach(set_span_in_context(span))
        try:
            yield span
        finally:
            otel_context.detach(token)
            span.end()

    def handling(self, subject: str, received: Mapping[str, str]) -> FlowSpan:
        """The flow's span, a child of the caller's wherever that was."""
        parent = context_of(received)
        span = self.tracer.start_span(
            subject,
            context=parent,
            kind=SpanKind.SERVER,
            attributes={
                names.RPC_SYSTEM: "nats",
                names.RPC_METHOD: subject,
                names.CALLER: headers.caller(received),
            },
            record_exception=False,
            set_status_on_exception=False,
        )
        caller = get_current_span(parent).get_span_context()
        parent_span_id = format_span_id(caller.span_id) if caller.is_valid else None
        return FlowSpan(span, set_span_in_context(span, parent), parent_span_id)

    def resuming(
        self,
        name: str,
        carried: Mapping[str, str],
        attempt: int,
        *,
        is_late: bool = False,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, str] | None = None,
    ) -> FlowSpan:
        """The span of what was put off, a child of what put it off; where that is long ago a trace of its own, with a
        link to it."""
        cause = _propagator.extract(headers.trace(carried), context=_NOWHERE)
        caused_by = get_current_span(cause).get_span_context()
        span = self.tracer.start_span(
            name,
            context=_NOWHERE if is_late else cause,
            kind=kind,
            links=[Link(caused_by)] if is_late and caused_by.is_valid else None,
            attributes={names.ATTEMPT: attempt, **(attributes or {})},
            record_exception=False,
            set_status_on_exception=False,
        )
        parent_span_id = None if is_late or not caused_by.is_valid else format_span_id(caused_by.span_id)
        return FlowSpan(span, set_span_in_context(span, _NOWHERE if is_late else cause), parent_span_id)

    def processing(
        self, name: str, received: Mapping[str, str], attempt: int, attributes: Mapping[str, str], *, is_late: bool
    ) -> FlowSpan:
        """The span of a reaction to what was published."""
        told = {**attributes, names.CALLER: headers.caller(received)}
        name, kind = f"process {name}", SpanKind.CONSUMER
        return self.resuming(name, received, attempt, is_late=is_late, kind=kind, attributes=told)

    def steps_of(self, span: Span) -> Steps:
        """For what is done under a span; written down as they are said, where this process has a black box."""
        return Steps(None if self.box is None else self.box.page(span.get_span_context().span_id))

    def inject(self, into: headers.Headers) -> None:
        carry(into)


def carry(into: headers.Headers, of: Context | None = None) -> None:
    """The trace of whatever runs now, unless told of what."""
    _propagator.inject(into, context=of)


def context_of(received: Mapping[str, str]) -> Context:
    """The trace that a message carries, and nothing of what runs here."""
    return _propagator.extract(headers.trace(received), context=_NOWHERE)


def judge(span: Span, error_code: ErrorCode | None, status: int) -> None:
    """Say how it ended; a failed span only where the server is at fault."""
    span.set_attribute(names.STATUS, status)
    if error_code is None:
        return
    span.set_attribute(names.ERROR_CODE, error_code)
    if error_code in SERVER_FAULTS:
        span.set_status(StatusCode.ERROR, error_code)


def conclude(span: Span, outcome: str, reason: str, *, failed: bool) -> None:
    """Say what became of an event; failed where it has to be given again, or is given up."""
    span.set_attribute(names.OUTCOME, outcome)
    if reason:
        span.set_attribute(names.DEAD_REASON, reason)
    if failed:
        span.set_status(StatusCode.ERROR, reason or outcome)


def identify(span: Span, user_id: str | None, concerns: Mapping[str, str]) -> None:
    """Say on whose behalf it ran, and whom or what it concerned."""
    if user_id is not None:
        span.set_attribute(names.USER_ID, user_id)
    for kind, id_ in concerns.items():
        span.set_attribute(names.ABOUT + kind, id_)


def trace_id_of(received: Mapping[str, str]) -> str:
    """Of the trace a request belongs to, where no span is made for it."""
    context = get_current_span(context_of(received)).get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else ""


def trace_id(span: Span) -> str:
    return format_trace_id(span.get_span_context().trace_id)


def span_id(span: Span) -> str:
    return format_span_id(span.get_span_context().span_id)
