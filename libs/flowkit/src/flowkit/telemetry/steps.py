"""The chain of thought: what was done, sentence by sentence, and when."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from opentelemetry.trace import Span

from flowkit.telemetry import names
from flowkit.telemetry.box.page import Page
from flowkit.telemetry.redaction import without_secrets

# The SDK keeps 128 events a span; the last step must always be among them.
_MOST = 127
# Steps travel in every answer: one that is overlong, or that UTF-8 cannot say, must not keep the answer from going out.
_LONGEST = 300


@dataclass(slots=True)
class Step:
    """One sentence; as a context manager it also times the work it wraps."""

    sentence: str
    at: float
    ms: float | None = None
    page: Page | None = None
    place: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, tb: TracebackType | None) -> None:
        self.ms = (time.monotonic() - self.at) * 1000
        if self.page is not None:
            self.page.took(self.place, self.ms)


@dataclass(slots=True)
class Steps:
    """`page` is where each is written down the moment it is said, for when this process dies."""

    page: Page | None = None
    began: float = field(default_factory=time.monotonic)
    _began_ns: int = field(default_factory=time.time_ns)
    _steps: list[Step] = field(default_factory=list[Step])

    def add(self, sentence: str) -> Step:
        step = Step(_tellable(sentence), time.monotonic())
        if len(self._steps) < _MOST:
            self._keep(step)
        return step

    def end(self, sentence: str) -> None:
        """The last step: there is always room for it."""
        self._keep(Step(_tellable(sentence), time.monotonic()))

    def note(self, attributes: Mapping[str, str], name: str | None = None) -> None:
        """What its span will say when it is over, where that is known before."""
        if self.page is not None:
            self.page.noted(attributes, name)

    @property
    def sentences(self) -> list[str]:
        return [step.sentence for step in self._steps]

    @property
    def timed(self) -> list[tuple[str, float]]:
        """The steps that wrapped work, and the seconds it took."""
        return [(step.sentence, step.ms / 1000) for step in self._steps if step.ms is not None]

    def write_onto(self, span: Span) -> None:
        for step in self._steps:
            span.add_event(step.sentence, None if step.ms is None else {names.STEP_MS: step.ms}, self._moment(step))

    def rows(self) -> list[dict[str, str | float]]:
        """For a log line: each step, how long after the beginning, and the time it took where it wraps work."""
        return [self._row(step) for step in self._steps]

    def _keep(self, step: Step) -> None:
        if self.page is not None:
            self.page.said(step.sentence)
            step.page, step.place = self.page, len(self._steps)
        self._steps.append(step)

    def _moment(self, step: Step) -> int:
        return self._began_ns + int((step.at - self.began) * 1e9)

    def _row(self, step: Step) -> dict[str, str | float]:
        row: dict[str, str | float] = {"step": step.sentence, "at_ms": round((step.at - self.began) * 1000, 2)}
        if step.ms is not None:
            row["ms"] = round(step.ms, 2)
        return row


def _tellable(sentence: str) -> str:
    if len(sentence) > _LONGEST:
        sentence = sentence[:_LONGEST] + "…"
    sentence = sentence if sentence.isascii() else sentence.encode(errors="replace").decode()
    return without_secrets(sentence)
