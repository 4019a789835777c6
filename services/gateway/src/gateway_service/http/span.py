"""The one span of a request, named by its route."""

from flowkit.telemetry import names
from flowkit.telemetry.ids import asked_trace_id
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, Tracer, set_span_in_context

from gateway_service.http.path import tellable

_NOWHERE = Context()
_SERVER_FAULT = 500


def begin(tracer: Tracer, method: str, path: str, wanted: SpanContext | int | None) -> Span:
    """A child of the wanted parent, or a root of the wanted id."""
    if wanted is None:
        return _begin(tracer, method, path, _NOWHERE)
    if isinstance(wanted, int):
        with asked_trace_id(wanted):
            asked = _begin(tracer, method, path, _NOWHERE)
    else:
        asked = _begin(tracer, method, path, set_span_in_context(NonRecordingSpan(wanted), _NOWHERE))
    # Whoever brings an id of their own will look for it: wherever traces are sampled, this one is to be kept.
    asked.set_attribute(names.TRACE_ASKED, True)
    return asked


def _begin(tracer: Tracer, method: str, path: str, parent: Context) -> Span:
    """Its name says the method until the route is known."""
    return tracer.start_span(
        "HTTP" if method == names.OTHER_METHOD else method,
        context=parent,
        kind=SpanKind.SERVER,
        attributes={
            names.HTTP_METHOD: method,
            names.URL_PATH: tellable(path),
        },
        record_exception=False,
        set_status_on_exception=False,
    )


def end(span: Span, method: str, route: str, status: int, error_code: str | None) -> None:
    if route:
        span.update_name(f"{method} {route}")
        span.set_attribute(names.HTTP_ROUTE, route)
    span.set_attribute(names.HTTP_STATUS_CODE, status)
    if error_code is not None:
        span.set_attribute(names.ERROR_CODE, error_code)
    if status >= _SERVER_FAULT:
        span.set_status(StatusCode.ERROR)
    span.end()
