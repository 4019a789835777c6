"""Where log lines go: structlog's and the standard library's, as one JSON object a line."""

import logging
import os
from collections.abc import AsyncGenerator, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager, nullcontext
from types import TracebackType
from typing import Any, Literal, Self

import structlog

from flowkit.telemetry.lines import Lines
from flowkit.telemetry.pretty import pretty
from flowkit.telemetry.stdlib import Routing
from flowkit.telemetry.writer import LineWriter

type Style = Literal["json", "pretty", "colours"]
type Ship = Callable[[Mapping[str, Any], bytes], None]
"""Takes a line's fields and its JSON to wherever else lines go; must return at once."""


def style_for(chosen: str | None, environ: Mapping[str, str], descriptor: int = 1) -> Style:
    """As chosen; where nothing is, pretty for a terminal and JSON for anything else."""
    terminal = os.isatty(descriptor)
    if (chosen or ("pretty" if terminal else "json")) == "json":
        return "json"
    return "colours" if terminal and not environ.get("NO_COLOR") else "pretty"


class Logs:
    """While it is entered, every line of the process comes through here."""

    def __init__(self, service: str, *, level: str = "info", style: Style = "json", descriptor: int = 1) -> None:
        self._lines = Lines(service)
        self._level = logging.getLevelNamesMapping()[level.upper()]
        self._style = style
        self._writer = LineWriter(descriptor, notice=self._dropped_notice)
        self._out = _Out(self._writer)
        self._routing = Routing(self._take)
        self._ship: Ship | None = None

    @property
    def dropped(self) -> int:
        return self._writer.dropped

    def ship_to(self, ship: Ship | None) -> None:
        """Send every line elsewhere too."""
        self._ship = ship

    def __enter__(self) -> Self:
        structlog.configure(
            processors=[self._process],
            wrapper_class=structlog.make_filtering_bound_logger(self._level),
            logger_factory=lambda *_: self._out,
            cache_logger_on_first_use=False,
        )
        self._routing.begin(self._level)
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, tb: TracebackType | None) -> None:
        self._routing.end()
        self._writer.close()

    def _take(self, level: str, event: MutableMapping[str, Any]) -> None:
        self._writer.write(self._process(None, level, event))

    def _process(self, _: Any, level: str, event: MutableMapping[str, Any]) -> bytes:
        try:
            return self._render(level, event)
        except Exception as fault:  # noqa: BLE001 - telling of something must never break it
            broken: dict[str, Any] = {"event": "a log line could not be made", "fault": type(fault).__name__}
            return self._lines.told("error", broken)[1] + b"\n"

    def _render(self, level: str, event: MutableMapping[str, Any]) -> bytes:
        fields, line = self._lines.told(level, event)
        if self._ship is not None:
            self._ship(fields, line)
        return line + b"\n" if self._style == "json" else pretty(fields, colours=self._style == "colours")

    def _dropped_notice(self, count: int) -> bytes:
        return self._render("warning", {"event": "log lines dropped", "count": count})


@asynccontextmanager
async def written() -> AsyncGenerator[None]:
    """For what is done only when its line is out: left once the lines of this process that came before are.

    Raises NotWritten where lines were dropped meanwhile.
    """
    out: Any = structlog.get_config()["logger_factory"]()
    async with out.written() if isinstance(out, _Out) else nullcontext():
        yield


class _Out:
    """What structlog hands a finished line to."""

    __slots__ = ("critical", "debug", "error", "info", "warning", "written")

    def __init__(self, writer: LineWriter) -> None:
        self.written = writer.written
        self.debug = self.info = self.warning = self.error = self.critical = writer.write
