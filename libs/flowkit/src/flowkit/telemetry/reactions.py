"""What is counted and timed of the events a service reacts to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from flowkit.telemetry import names
from flowkit.telemetry.instruments import ReactionMetrics, StepMetrics

OUTCOMES: Final = (names.DONE, names.DUPLICATE, names.AGAIN, names.DEAD)
_DURATION_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# An event may have waited for whoever was away for days.
_AGE_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 86_400.0)


@dataclass(frozen=True, slots=True)
class Reactions:
    handled: Counter
    dead: Counter
    redelivered: Counter
    duration: Histogram
    age: Histogram
    pending: Gauge
    unfinished: Gauge
    steps: Histogram
    _known: dict[str, ReactionMetrics] = field(default_factory=dict[str, ReactionMetrics])

    @classmethod
    def of(cls, registry: CollectorRegistry, steps: Histogram) -> Self:
        event, outcome, reason = names.LABEL_EVENT, names.LABEL_OUTCOME, names.LABEL_REASON

        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(name, told, labels, registry=registry)

        def timer(name: str, told: str, buckets: Sequence[float]) -> Histogram:
            return Histogram(name, told, (event,), buckets=buckets, registry=registry)

        def gauge(name: str, told: str) -> Gauge:
            return Gauge(name, told, (event,), registry=registry)

        return cls(
            counter(names.EVENTS_HANDLED, "Deliveries of events, by what became of them", event, outcome),
            counter(names.EVENTS_DEAD, "Events given up: they are in the dead letters", event, reason),
            counter(names.EVENTS_REDELIVERED, "Deliveries that were not an event's first", event),
            timer(names.EVENT_DURATION, "From a delivery's arrival to its acknowledgement", _DURATION_S),
            timer(names.EVENT_AGE, "From the moment an event is told of to when it was acted on", _AGE_S),
            gauge(names.EVENTS_PENDING, "Events stored and not yet acted on by this service, all instances"),
            gauge(
                names.EVENT_UNFINISHED,
                "For how long the oldest of them has been so",
            ),
            steps,
        )

    def reaction(self, event: str, subject: str, reasons: Sequence[str]) -> ReactionMetrics:
        """Every outcome and reason among them, so that a first one is seen as an increase. `subject` has a version,
        and its versions share an event's figures."""
        if subject not in self._known:
            self._known[subject] = ReactionMetrics(
                {each: self.handled.labels(event, each) for each in OUTCOMES},
                {each: self.dead.labels(event, each) for each in reasons},
                self.redelivered.labels(event),
                self.duration.labels(event),
                self.age.labels(event),
                StepMetrics(lambda step: self.steps.labels(subject, step)),
                self.pending.labels(event),
                self.unfinished.labels(event),
            )
        return self._known[subject]
