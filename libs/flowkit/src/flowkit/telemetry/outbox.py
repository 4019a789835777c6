"""What is counted and timed of the events a service announces."""

from dataclasses import dataclass
from typing import Final, Self

from prometheus_client import CollectorRegistry, Counter, Histogram

from flowkit.telemetry import names
from flowkit.telemetry.instruments import PublishMetrics

_LAG_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0, 300.0)


@dataclass(frozen=True, slots=True)
class Outbox:
    published: Counter
    failures: Counter
    lag: Histogram

    @classmethod
    def of(cls, registry: CollectorRegistry) -> Self:
        event = (names.LABEL_EVENT,)
        failures = "Tries to have an event stored that failed; it waits and is tried again"
        lag = "From when an event was written to when the broker had stored it"
        return cls(
            Counter(names.EVENTS_PUBLISHED, "Events that the broker has stored", event, registry=registry),
            Counter(names.EVENT_PUBLISH_FAILURES, failures, event, registry=registry),
            Histogram(names.OUTBOX_LAG, lag, event, buckets=_LAG_S, registry=registry),
        )

    def publishing(self, event: str) -> PublishMetrics:
        return PublishMetrics(self.published.labels(event), self.failures.labels(event), self.lag.labels(event))
