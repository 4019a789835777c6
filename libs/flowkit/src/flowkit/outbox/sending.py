"""One event on its way out: its span, its headers, the broker's word that it is stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context

from flowkit.bus import Denied, PayloadTooLarge, ReplyLate
from flowkit.outbox.row import Row
from flowkit.streams import NotStored
from flowkit.telemetry import messaging, names, spans
from flowkit.telemetry.instruments import PublishMetrics
from flowkit.wire import headers, moments

SEND_S: Final = 2.0
# JetStream's own numbers for a message that is larger than its stream takes, and for headers beyond 64 KiB.
_TOO_LARGE: Final = (10054, 10097)


class Storing(Protocol):
    async def publish(self, subject: str, data: bytes, *, headers: Mapping[str, str], within: float) -> object:
        """Returns once it is stored."""
        ...


class Unsendable(ValueError):
    """The row is none that an event could be made of."""


def is_refused(fault: Exception) -> bool:
    """Whether this one event cannot be stored, as opposed to any."""
    if isinstance(fault, NotStored):
        return fault.code in _TOO_LARGE
    return isinstance(fault, PayloadTooLarge | Denied | ValueError)


@dataclass(frozen=True, slots=True)
class Sending:
    service: str
    stream: Storing
    tracer: Tracer
    metrics: Callable[[str], PublishMetrics]

    async def send(self, row: Row, *, again: bool = False) -> None:
        """`again`: the last one failed, and a trace need not tell of each try of an outage."""
        try:
            span, told = self._begin(row)
        except Exception as fault:
            raise Unsendable(str(fault)) from fault
        metrics = self.metrics(row.event)
        try:
            await self.stream.publish(row.subject, row.body, headers=told, within=SEND_S)
        except Exception as fault:
            metrics.failures.inc()
            span.set_status(StatusCode.ERROR, type(fault).__name__)
            # What may have been stored has this span for its parent.
            if not again or isinstance(fault, ReplyLate):
                span.end()
            raise
        metrics.stored(row.age, spans.trace_id(span))
        span.end()

    def _begin(self, row: Row) -> tuple[Span, headers.Headers]:
        if row.flaw:
            raise Unsendable(row.flaw)
        cause = spans.context_of(row.headers)
        span = self.tracer.start_span(
            f"publish {messaging.template_of(row.subject)}",
            context=cause,
            kind=SpanKind.PRODUCER,
            attributes={
                **messaging.attributes("send", row.subject, row.event, row.event_id, row.id),
                names.OUTBOX_WAIT_MS: round(row.age * 1000, 1),
            },
        )
        told = row.headers | {
            headers.MESSAGE_ID: row.id,
            headers.EVENT_ID: row.event_id,
            headers.CALLER: self.service,
            headers.OCCURRED_AT: moments.written(row.written_at),
        }
        spans.carry(told, set_span_in_context(span, cause))
        return span, told
