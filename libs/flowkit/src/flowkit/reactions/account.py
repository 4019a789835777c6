"""What is told of a delivery once it is over: its span, its figures, its one log line."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from flowkit.call import Call
from flowkit.reactions import given
from flowkit.reactions.reactor import Reactor
from flowkit.reactions.ruling import Outcome, Ruling
from flowkit.streams import Pulled
from flowkit.telemetry import names, spans
from flowkit.telemetry.spans import FlowSpan

_LEVELS: Final[dict[Outcome, str]] = {"done": "info", "duplicate": "info", "again": "warning", "dead": "error"}
_log: Any = structlog.get_logger("flowkit.reactions")


@dataclass(frozen=True, slots=True)
class Account:
    reactor: Reactor
    pulled: Pulled
    span: FlowSpan
    call: Call

    def close(self, ruling: Ruling, seconds: float) -> None:
        age = (datetime.now(UTC) - given.occurred_at(self.pulled)).total_seconds()
        self._tell_span(ruling)
        self._count(ruling, seconds, age)
        self._log(ruling, seconds, age)

    def _tell_span(self, ruling: Ruling) -> None:
        span = self.span.span
        spans.conclude(span, ruling.outcome, ruling.reason or "", failed=ruling.is_failure)
        spans.identify(span, None, self.call.concerns)
        self.call.reasoning.write_onto(span)
        span.end()

    def _count(self, ruling: Ruling, seconds: float, age: float) -> None:
        metrics, trace_id = self.reactor.metrics, self.call.trace_id
        metrics.over(ruling.outcome, seconds, trace_id)
        if self.pulled.delivered > 1:
            metrics.redelivered.inc()
        if ruling.outcome == "done":
            metrics.done(age, trace_id)
        if ruling.outcome == "dead" and ruling.reason is not None:
            metrics.dead[ruling.reason].inc()
        for sentence, taken in self.call.reasoning.timed:
            metrics.steps.took(sentence, taken, trace_id)

    def _log(self, ruling: Ruling, seconds: float, age: float) -> None:
        getattr(_log, _LEVELS[ruling.outcome])(
            names.EVENT_HANDLED,
            flow=self.reactor.event.subject,
            outcome=ruling.outcome,
            reason=ruling.reason,
            event_id=given.event_id(self.pulled),
            attempt=self.pulled.delivered,
            duration_ms=round(seconds * 1000, 2),
            age_ms=round(age * 1000, 2),
            again_in_ms=round(ruling.after * 1000) if ruling.outcome == "again" else None,
            caller=self.call.caller,
            about=self.call.concerns or None,
            request_id=self.call.request_id,
            parent_span_id=self.span.parent_span_id,
            steps=self.call.reasoning.rows(),
            calls=[asdict(made) for made in self.call.calls],
            announced=[asdict(event) for event in self.call.announced],
        )
