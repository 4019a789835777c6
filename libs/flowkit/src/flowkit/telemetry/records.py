"""A log line as an OpenTelemetry record. The API only."""

import time
from collections.abc import Mapping
from typing import Any, cast

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, get_current_span, set_span_in_context

from flowkit.telemetry import names

_SEVERITIES = {
    "debug": SeverityNumber.DEBUG,
    "info": SeverityNumber.INFO,
    "warning": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
    "critical": SeverityNumber.FATAL,
}


def record(fields: Mapping[str, Any], line: bytes) -> LogRecord:
    level = str(fields["level"])
    return LogRecord(
        timestamp=time.time_ns(),
        context=_context(fields),
        severity_text=level.upper(),
        severity_number=_SEVERITIES.get(level, SeverityNumber.UNSPECIFIED),
        body=line.decode(),
        attributes=_attributes(fields),
    )


def _attributes(fields: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name in names.LOG_ATTRIBUTES if (value := fields.get(name)) is not None}
    if (user_id := fields.get("user_id")) is not None:
        told[names.USER_ID] = user_id
    if isinstance(about := fields.get("about"), dict):
        told.update({names.ABOUT + kind: id_ for kind, id_ in cast("dict[str, str]", about).items()})
    return told


def _context(fields: Mapping[str, Any]) -> Context:
    """The span that the line names, which need not be the one it was told in."""
    if "span_id" not in fields or "trace_id" not in fields:
        return Context()
    flags = get_current_span().get_span_context().trace_flags
    span = SpanContext(int(fields["trace_id"], 16), int(fields["span_id"], 16), is_remote=False, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(span), Context())
