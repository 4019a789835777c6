"""Spans as they arrive, and the tree they make."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

KINDS = {
    WireSpan.SPAN_KIND_INTERNAL: "INTERNAL",
    WireSpan.SPAN_KIND_SERVER: "SERVER",
    WireSpan.SPAN_KIND_CLIENT: "CLIENT",
    WireSpan.SPAN_KIND_PRODUCER: "PRODUCER",
    WireSpan.SPAN_KIND_CONSUMER: "CONSUMER",
}
STATUSES = {Status.STATUS_CODE_UNSET: "UNSET", Status.STATUS_CODE_ERROR: "ERROR", Status.STATUS_CODE_OK: "OK"}


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    at: int
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    status: str
    began: int
    ended: int
    attributes: dict[str, Any]
    events: tuple[Event, ...]
    resource: dict[str, Any]

    @property
    def steps(self) -> list[str]:
        return [event.name for event in self.events]

    def __str__(self) -> str:
        return f"{self.kind} {self.service} {self.name}"


@dataclass(frozen=True, slots=True)
class SentLine:
    """A log line as it arrives."""

    body: str
    trace_id: str
    span_id: str
    attributes: dict[str, Any]
    resource: dict[str, Any]


def decoded_lines(data: bytes) -> Iterator[SentLine]:
    request = ExportLogsServiceRequest.FromString(data)
    for group in request.resource_logs:
        resource = _plain(group.resource.attributes)
        for scope in group.scope_logs:
            for record in scope.log_records:
                ids = record.trace_id.hex(), record.span_id.hex()
                yield SentLine(record.body.string_value, *ids, _plain(record.attributes), resource)


def decoded(data: bytes) -> Iterator[Span]:
    request = ExportTraceServiceRequest.FromString(data)
    for group in request.resource_spans:
        resource = _plain(group.resource.attributes)
        for scope in group.scope_spans:
            yield from (_span(span, resource) for span in scope.spans)


def _span(span: WireSpan, resource: dict[str, Any]) -> Span:
    return Span(
        service=str(resource["service.name"]),
        name=span.name,
        kind=KINDS.get(span.kind, str(span.kind)),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        status=STATUSES[span.status.code],
        began=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        attributes=_plain(span.attributes),
        events=tuple(Event(event.name, event.time_unix_nano, _plain(event.attributes)) for event in span.events),
        resource=resource,
    )


def _plain(pairs: Sequence[KeyValue]) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in pairs}


def tree(spans: Sequence[Span], parent_id: str = "") -> list[str]:
    """One line a span, indented under its parent, in the order in which they began."""
    children = sorted((span for span in spans if span.parent_id == parent_id), key=lambda span: span.began)
    lines: list[str] = []
    for child in children:
        lines += [str(child), *(f"  {line}" for line in tree(spans, child.span_id))]
    return lines
