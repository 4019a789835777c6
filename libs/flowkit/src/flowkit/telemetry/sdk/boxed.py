"""Between the SDK's spans and a black box: what is written of a living span, and a dead one made a span again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, cast

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, Span
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from flowkit.telemetry import names
from flowkit.telemetry.box.entries import Begun, Ended, SpanId, TraceId, Value
from flowkit.telemetry.box.left import Left
from flowkit.telemetry.box.recorder import BlackBox

DIED: Final = "The process died"
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_KINDS: Final = {kind.value: kind for kind in SpanKind}
_STATUSES: Final = {code.value: code for code in StatusCode}
_FROM_AFAR: Final = (SpanKind.SERVER, SpanKind.CONSUMER)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Never raises: a span is begun and ended whether or not it can be kept."""

    box: BlackBox

    def begin(self, span: Span) -> None:
        try:
            self.box.begin(span.get_span_context().span_id, _begun(span), span)
        except Exception:  # noqa: BLE001 - see above
            self.box.missed += 1

    def end(self, span: ReadableSpan) -> None:
        status = span.status
        try:
            ended = Ended(span.end_time or 0, _number(status), status.description, span.name, _attributes(span))
            self.box.end(_id(span), ended)
        except Exception:  # noqa: BLE001 - see above
            self.box.missed += 1

    def free(self, spans: Sequence[ReadableSpan]) -> None:
        self.box.free(map(_id, spans))


def _begun(span: Span) -> Begun:
    context, parent = span.get_span_context(), span.parent
    return Begun(
        context.trace_id.to_bytes(16),
        context.span_id.to_bytes(8),
        None if parent is None else parent.span_id.to_bytes(8),
        span.kind._value_,
        span.name,
        span.start_time or 0,
        _attributes(span),
        # What was put off for long has links, and no parent.
        () if parent is not None else tuple(_ids(link.context) for link in span.links),
    )


def _id(span: ReadableSpan) -> int:
    return 0 if span.context is None else span.context.span_id


def told(left: Left, resource: Resource, scope: InstrumentationScope) -> ReadableSpan:
    begun, ended, kind = left.begun, left.ended, _KINDS[left.begun.kind]
    parent = None if begun.parent_id is None else _context(begun.trace_id, begun.parent_id, kind in _FROM_AFAR)
    return ReadableSpan(
        name=left.name,
        context=_context(begun.trace_id, begun.span_id),
        parent=parent,
        resource=resource,
        attributes=left.attributes | dict(_marks(left)),
        events=[
            Event(step.sentence, None if step.ms is None else {names.STEP_MS: step.ms}, step.at) for step in left.steps
        ],
        links=[Link(_context(*ids, is_remote=True)) for ids in begun.links],
        kind=kind,
        status=Status(StatusCode.ERROR, DIED) if ended is None else _status(ended),
        start_time=begun.at,
        end_time=left.last,
        instrumentation_scope=scope,
    )


def _marks(left: Left) -> Iterator[tuple[str, bool]]:
    if left.ended is None:
        yield names.CUT_OFF, True
    if left.has_lost:
        yield names.STEPS_LOST, True


def _attributes(span: ReadableSpan) -> dict[str, Value]:
    """At a third of what going through them one by one costs."""
    return cast("MappingProxyType[str, Any]", span.attributes).copy()


def _ids(context: SpanContext) -> tuple[TraceId, SpanId]:
    return context.trace_id.to_bytes(16), context.span_id.to_bytes(8)


def _context(trace_id: bytes, span_id: bytes, is_remote: bool = False) -> SpanContext:
    return SpanContext(int.from_bytes(trace_id), int.from_bytes(span_id), is_remote, _SAMPLED)


def _number(status: Status) -> Any:
    return status.status_code._value_


def _status(ended: Ended) -> Status:
    code = _STATUSES[ended.status]
    return Status(code, ended.why if code is StatusCode.ERROR else None)
