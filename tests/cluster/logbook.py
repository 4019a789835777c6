"""Every log line of every service, found by the trace it belongs to, awaited where it is still to come."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

WITHIN_S = 30.0

type Line = dict[str, Any]


class NeverSaid(AssertionError):
    """A log line that had to come did not."""


@dataclass(slots=True)
class LogBook:
    lines: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    unreadable: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    _by_trace: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, service: str, text: bytes) -> None:
        try:
            line = json.loads(text)
        except ValueError:
            self.unreadable.append((service, text))
            return
        self.lines[service].append(line)
        if trace_id := line.get("trace_id"):
            self._by_trace[trace_id].append(line)
        self._news.set()

    def forget(self) -> None:
        """All so far: who runs for hours and looks elsewhere has no room for it."""
        self.lines.clear()
        self._by_trace.clear()

    def of(self, trace_id: str, event: str) -> list[Line]:
        return [line for line in self._by_trace[trace_id] if line["event"] == event]

    async def request(self, trace_id: str) -> Line:
        """The gateway's line of the one request of this trace."""
        return (await self.until(lambda: self.of(trace_id, "request"), f"a request line of trace {trace_id}"))[0]

    async def flow(self, trace_id: str, subject: str) -> Line:
        """A service's line of the one time this flow ran in this trace."""

        def found() -> list[Line]:
            return [line for line in self.of(trace_id, "flow") if line["flow"] == subject]

        return (await self.until(found, f"a line of {subject} in trace {trace_id}"))[0]

    async def until(self, found: Callable[[], Sequence[Line]], what: str) -> Sequence[Line]:
        try:
            async with asyncio.timeout(WITHIN_S):
                while not (lines := found()):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise NeverSaid(f"within {WITHIN_S:g} s nobody logged {what}") from None
        return lines


def steps(line: Line) -> list[str]:
    return [step["step"] for step in line["steps"]]
