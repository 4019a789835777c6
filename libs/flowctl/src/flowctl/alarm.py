"""What a person should hear of what a process writes: whatever is alarming, and what is no log line at all."""

from typing import Any

import msgspec
from flowkit.telemetry.pretty import pretty
from msgspec import field
from rich.text import Text

from flowctl.tree import Line, read
from flowctl.tree.picture import printable


class _Told(Line, frozen=True):
    """A log line with all that `pretty` counts on."""

    timestamp: str = ""
    exception: dict[str, Any] = field(default_factory=dict[str, Any])


_decoder = msgspec.json.Decoder(_Told)


def alarm(process: str, line: bytes) -> Text | None:
    """None where nobody need be told."""
    told = read(line)
    if not line.strip() or (told is not None and not told.is_alarming):
        return None
    rows = [line.decode(errors="replace")] if told is None else _readable(line)
    return Text("\n").join(Text().append(f"{process} │ ", "yellow").append(printable(row)) for row in rows)


def _readable(line: bytes) -> list[str]:
    try:
        told = _decoder.decode(line)
        fields = {**msgspec.json.decode(line, type=dict[str, Any]), "timestamp": told.timestamp, "level": told.level}
        return pretty(fields, colours=False).decode().splitlines()
    except (msgspec.ValidationError, RecursionError):
        return [line.decode(errors="replace")]
