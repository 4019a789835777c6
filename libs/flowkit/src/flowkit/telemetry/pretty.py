"""A log line for the eyes of someone at a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

_COLOURS = {"debug": "2", "warning": "33", "error": "31", "critical": "31;1"}
_HEAD = frozenset(("timestamp", "level", "event", "service", "steps", "exception"))


def pretty(fields: Mapping[str, Any], *, colours: bool) -> bytes:
    """Moment, level, event and fields on one line; steps and a stack below it."""
    level = str(fields["level"])
    paint = _COLOURS.get(level, "") if colours else ""
    head = f"{str(fields['timestamp'])[11:23]} {level:<7} {_shown(fields['event'])}"
    pairs = (f"{name}={_shown(value)}" for name, value in fields.items() if name not in _HEAD and value not in ([], {}))
    first = " ".join((f"\x1b[{paint}m{head}\x1b[0m" if paint else head, *pairs))
    return "\n".join((first, *_steps(fields), *_stack(fields), "")).encode(errors="replace")


def _steps(fields: Mapping[str, Any]) -> list[str]:
    rows = cast("Sequence[Mapping[str, Any]]", fields.get("steps", ()))
    return [f"    {row.get('at_ms', 0):>8} ms  {_shown(row.get('step'))}{_took(row)}" for row in rows]


def _took(row: Mapping[str, Any]) -> str:
    return f"  ({row['ms']} ms)" if "ms" in row else ""


def _stack(fields: Mapping[str, Any]) -> list[str]:
    told = cast("Mapping[str, Any]", fields.get("exception", {}))
    return ["    " + _shown(line) for line in str(told.get("stack", "")).splitlines()]


def _shown(value: Any) -> str:
    # What a terminal would take for a command is shown as JSON shows it.
    if isinstance(value, str) and value.isprintable():
        return value
    text = msgspec.json.encode(value).decode()
    return text if text.isprintable() else ascii(text)
