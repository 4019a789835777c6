"""The instruments of one flow, one route, one signal: made once, then used without looking anything up."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from flowkit.contract.errors import ErrorCode
from flowkit.telemetry import names

# Steps are sentences from code, a handful a flow; one that told of an id would be a series for each.
MOST_STEPS: Final = 32

type Outcome = tuple[int, str | None]
"""A status, and the error's code where it is one."""


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """The steps of one flow, each timed from the first time it is taken; past `MOST_STEPS` they are told as one."""

    of_step: Callable[[str], Histogram]
    _known: dict[str, Histogram] = field(default_factory=dict[str, Histogram])

    def took(self, sentence: str, seconds: float, trace_id: str = "") -> None:
        timer = self._known.get(sentence)
        if timer is None:
            sentence = sentence if len(self._known) < MOST_STEPS else names.OTHER_STEP
            timer = self._known[sentence] = self.of_step(sentence)
        timer.observe(seconds, _exemplar(trace_id))


@dataclass(frozen=True, slots=True)
class FlowMetrics:
    """One flow's instruments."""

    handled: dict[str, Counter]
    duration: Histogram
    overruns: Counter
    steps: StepMetrics

    def done(self, error_code: ErrorCode | None, seconds: float, trace_id: str = "") -> None:
        self.handled[error_code or names.NO_ERROR].inc()
        self.duration.observe(seconds, _exemplar(trace_id))

    def overran(self) -> None:
        self.overruns.inc()


@dataclass(frozen=True, slots=True)
class RouteMetrics:
    """One route's instruments; there are as many counters as it has had different outcomes, or is to expect."""

    requests: Counter
    duration: Histogram
    turned_away: Counter
    route: str
    method: str
    _counters: dict[Outcome, Counter] = field(default_factory=dict[Outcome, Counter])

    def expect(self, outcomes: Iterable[Outcome]) -> None:
        """Told as zero from now on: what begins at one is no increase, and a first error would not be seen."""
        for outcome in outcomes:
            self._counter(outcome)

    def done(self, status: int, error_code: str | None, seconds: float, trace_id: str = "") -> None:
        self._counter((status, error_code)).inc()
        self.duration.observe(seconds, _exemplar(trace_id))

    def _counter(self, outcome: Outcome) -> Counter:
        known = self._counters.get(outcome)
        if known is None:
            status, error_code = outcome
            told = (self.route, self.method, str(status), error_code or names.NO_ERROR)
            known = self._counters[outcome] = self.requests.labels(*told)
        return known


@dataclass(frozen=True, slots=True)
class CallMetrics:
    """One flow as its caller sees it: how often it was asked, asked again, given up on or left alone."""

    first: Counter
    again: Counter
    denied: Counter
    refused: Counter
    circuit: Gauge


@dataclass(frozen=True, slots=True)
class NoticeMetrics:
    """What was told of one kind of notice and what was heard; lost is what could not be sent, or not be read."""

    told: Counter
    heard: Counter
    lost: Counter


@dataclass(frozen=True, slots=True)
class ReactionMetrics:
    """What became of the deliveries of one event, by outcome; what was given up, by reason; and what is left."""

    handled: Mapping[str, Counter]
    dead: Mapping[str, Counter]
    redelivered: Counter
    duration: Histogram
    age: Histogram
    steps: StepMetrics
    pending: Gauge
    unfinished: Gauge

    def over(self, outcome: str, seconds: float, trace_id: str = "") -> None:
        self.handled[outcome].inc()
        self.duration.observe(seconds, _exemplar(trace_id))

    def done(self, age: float, trace_id: str = "") -> None:
        self.age.observe(age, _exemplar(trace_id))


@dataclass(frozen=True, slots=True)
class StreamMetrics:
    """How full a stream is."""

    messages: Gauge
    bytes: Gauge
    most_bytes: Gauge


@dataclass(frozen=True, slots=True)
class PublishMetrics:
    """What became of one kind of event on its way out of the outbox; it waits there until it is stored."""

    published: Counter
    failures: Counter
    lag: Histogram

    def stored(self, seconds: float, trace_id: str = "") -> None:
        self.published.inc()
        self.lag.observe(seconds, _exemplar(trace_id))


@dataclass(frozen=True, slots=True)
class SignalMetrics:
    """What became of the spans, or of the log records, that were to be sent."""

    sent: Counter
    dropped: Counter
    failures: Counter


def _exemplar(trace_id: str) -> dict[str, str] | None:
    return {names.EXEMPLAR_TRACE: trace_id} if trace_id else None
