"""Makes a log line of an event: completed, redacted, bounded."""

import re
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Final, cast

import msgspec
from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

from flowkit.telemetry.concealed import without_concealed
from flowkit.telemetry.redaction import Limits, looks_secret, masked, tellable_fields

LONGEST_LINE: Final = 16 * 1024
_ROOMY = Limits(text=8 * 1024, items=256)
_TIGHT = Limits(text=256, items=16)
_LONGEST_STACK = 6 * 1024
_OURS = frozenset(("timestamp", "level", "event", "service"))
_CORE = ("timestamp", "level", "event", "service", "trace_id", "span_id", "flow", "status", "error_code")
_LEVELS = {"warn": "warning", "exception": "error", "fatal": "critical"}
# Line breaks and terminal commands beyond ASCII, which JSON lets through as they are.
_BREAKS = re.compile("[\x80-\x9f\u2028\u2029]")


class Lines:
    def __init__(self, service: str) -> None:
        self._service = service
        self._encoder = msgspec.json.Encoder()

    def told(self, level: str, event: MutableMapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        """What may be told of an event, as fields and as a line."""
        fields = self._fields(level, event)
        line = self._encoder.encode(fields)
        if looks_secret(line.decode()):
            fields = masked(fields)
            line = self._encoder.encode(fields)
        return fields, self._bounded(line, fields)

    def _fields(self, level: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {
            "timestamp": _moment(event).isoformat(timespec="microseconds")[:-6] + "Z",
            "level": _LEVELS.get(level, level),
            "event": event.pop("event", ""),
            "service": self._service,
        }
        _name_trace(told)
        if not _OURS.isdisjoint(event):
            event = {f"{name}_" if name in _OURS else name: value for name, value in event.items()}
        if fault := event.pop("exc_info", None):
            told["exception"] = _exception(fault)
        told.update(event)
        return tellable_fields(told, _ROOMY)

    def _bounded(self, line: bytes, fields: dict[str, Any]) -> bytes:
        if len(line) > LONGEST_LINE:
            line = self._encoder.encode({**tellable_fields(fields, _TIGHT), "truncated": True})
        if len(line) > LONGEST_LINE:
            core = {name: fields[name] for name in _CORE if name in fields}
            line = self._encoder.encode({**tellable_fields(core, _TIGHT), "truncated": True})
        return line if line.isascii() else _BREAKS.sub(_escaped, line.decode()).encode()


def _moment(event: MutableMapping[str, Any]) -> datetime:
    """Now, unless it is told of a moment that has passed."""
    given = event.get("timestamp")
    if not isinstance(given, datetime) or given.tzinfo is not UTC:
        return datetime.now(UTC)
    del event["timestamp"]
    return given


def _name_trace(told: dict[str, Any]) -> None:
    current = get_current_span().get_span_context()
    if current.is_valid:
        told["trace_id"] = format_trace_id(current.trace_id)
        told["span_id"] = format_span_id(current.span_id)


def _exception(given: Any) -> dict[str, str] | None:
    fault = _fault(given)
    if fault is None:
        return None
    stack = without_concealed("".join(traceback.format_exception(fault)))
    if len(stack) > _LONGEST_STACK:
        stack = f"{stack[: _LONGEST_STACK // 3]}\n…\n{stack[-_LONGEST_STACK * 2 // 3 :]}"
    return {"type": type(fault).__qualname__, "message": without_concealed(str(fault)), "stack": stack}


def _fault(given: Any) -> BaseException | None:
    """Of an exception, of `sys.exc_info()`, or of True: the one being handled."""
    if isinstance(given, tuple):
        given = cast("tuple[Any, ...]", given)[1]
    return given if isinstance(given, BaseException) else sys.exception()


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
