"""An event as it was told: what happened, to what, in whose name, and the trace it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from flowkit.streams import Kept
from flowkit.telemetry import spans
from flowkit.wire import headers, moments
from rich.text import Text

from flowctl.tree.picture import printable


@dataclass(frozen=True, slots=True)
class Occurrence:
    kept: Kept

    @property
    def event(self) -> str:
        return self._word(headers.EVENT) or self.kept.subject

    @property
    def version(self) -> str:
        return self._word(headers.EVENT_VERSION)

    @property
    def key(self) -> str:
        return self._word(headers.EVENT_KEY)

    @property
    def at(self) -> datetime:
        """When it happened; when it was stored, where that is not said."""
        return moments.read(self._word(headers.OCCURRED_AT)) or self.kept.stored_at

    @property
    def trace(self) -> str:
        return spans.trace_id_of(self.kept.headers)

    def row(self) -> Mapping[str, Any]:
        """For another program."""
        return {
            "place": self.kept.place,
            "at": self.at.astimezone(UTC),
            "storedAt": self.kept.stored_at,
            "event": self.event,
            "version": self.version,
            "key": self.key,
            "id": self._word(headers.EVENT_ID),
            "by": headers.caller(self.kept.headers),
            "trace": self.trace,
            "body": self._body(),
        }

    def line(self) -> Text:
        text = Text(self.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3], "dim")
        text.append(f"  {printable(self.event)}", "bold").append(f"  {printable(self.key) or '-'}")
        text.append(f"  {printable(self._word(headers.EVENT_ID)) or '-'}  {headers.caller(self.kept.headers)}", "dim")
        return text.append(f"  {self.trace or '-'}", "dim").append(f"  {printable(self._body_as_text())}")

    def _body(self) -> Any:
        try:
            return msgspec.json.decode(self.kept.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self.kept.data.decode(errors="backslashreplace")

    def _body_as_text(self) -> str:
        return self.kept.data.decode(errors="backslashreplace") or "(empty)"

    def _word(self, name: str) -> str:
        return self.kept.headers.get(name, "")
