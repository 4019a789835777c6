"""What is said of a process that died at its work: one line, and for each flow that was cut off the line it never came
to say."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from opentelemetry import context as otel_context
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, set_span_in_context

from flowkit.telemetry import names
from flowkit.telemetry.box.left import Estate, Left, Step

_MOST_SHOWN: Final = 3
_log: Any = structlog.get_logger("flowkit.telemetry")


def say(estate: Estate) -> None:
    cut_off = estate.cut_off
    _log.warning(
        names.PROCESS_DIED,
        instance=estate.owner.resource.get("service.instance.id"),
        dead_pid=estate.owner.pid,
        cut_off=len(cut_off),
        unsent=len(estate.spans) - len(cut_off),
        unreadable=estate.unreadable or None,
        passed_over="the machine went down with it, its box may be of any moment before" if estate.is_stale else None,
        youngest=[_shown(left) for left in cut_off[:_MOST_SHOWN]],
    )
    if not estate.is_stale:
        for left in reversed(cut_off):
            _say_of(left, estate)


def _shown(left: Left) -> dict[str, Any]:
    since = left.moment.isoformat(timespec="milliseconds")
    return {"span": left.name, "doing": left.doing, "since": since, "trace_id": left.begun.trace_id.hex()}


def _say_of(left: Left, estate: Estate) -> None:
    """As its own process would have said it, at the last moment that is known of it."""
    line = _line(left)
    if line is None:
        return
    begun = left.begun
    span = SpanContext(int.from_bytes(begun.trace_id), int.from_bytes(begun.span_id), is_remote=False)
    token = otel_context.attach(set_span_in_context(NonRecordingSpan(span)))
    try:
        _log.error(
            line.pop("event"),
            **line,
            cut_off=True,
            timestamp=left.moment,
            duration_ms=round(left.ms, 2),
            attempt=left.attributes.get(names.ATTEMPT, 1),
            caller=left.attributes.get(names.CALLER),
            parent_span_id=None if begun.parent_id is None else begun.parent_id.hex(),
            steps=[_row(step, left) for step in left.steps],
            calls=[_call(each, left) for each in estate.spans.values() if _is_called_by(left, each)],
        )
    finally:
        otel_context.detach(token)


def _line(left: Left) -> dict[str, Any] | None:
    """None of what says no line when it is over either."""
    told: Mapping[str, Any] = left.attributes
    match SpanKind(left.begun.kind):
        case SpanKind.SERVER if names.HTTP_METHOD in told:
            route, path = told.get(names.HTTP_ROUTE), told.get(names.URL_PATH)
            request = {"event": names.REQUEST_HANDLED, "method": told[names.HTTP_METHOD], "status": None}
            return request | ({"path": path} if route is None else {"route": route})
        case SpanKind.SERVER:
            return {"event": names.FLOW_HANDLED, "flow": left.name, "status": None}
        case SpanKind.CONSUMER:
            flow, event_id = left.name.removeprefix("process "), told.get(names.EVENT_ID)
            return {"event": names.EVENT_HANDLED, "flow": flow, "event_id": event_id, "outcome": names.AGAIN}
        case SpanKind.INTERNAL if left.name == names.SENDING:
            return {"event": names.NOTIFICATION_HANDLED, "flow": left.name, "outcome": "put_off"}
        case _:
            return None


def _row(step: Step, left: Left) -> dict[str, Any]:
    row = {"step": step.sentence, "at_ms": round((step.at - left.begun.at) / 1e6, 2)}
    return row if step.ms is None else row | {"ms": round(step.ms, 2)}


def _call(made: Left, left: Left) -> dict[str, Any]:
    return {
        "flow": made.attributes.get(names.RPC_METHOD, made.name),
        "span_id": made.begun.span_id.hex(),
        "at_ms": round((made.begun.at - left.begun.at) / 1e6, 2),
        "ms": round(made.ms, 2),
        "error_code": made.attributes.get(names.ERROR_CODE),
    }


def _is_called_by(left: Left, other: Left) -> bool:
    return other.begun.kind == SpanKind.CLIENT.value and other.begun.parent_id == left.begun.span_id
