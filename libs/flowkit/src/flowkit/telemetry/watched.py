"""Figures someone else keeps, read when they are asked for: they cost nothing until then."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from flowkit.telemetry import names

type Reading = Callable[[], float]

_TOLD = {
    names.FLOWS_IN_FLIGHT: "Flows taken from the bus and not yet answered",
    names.FLOWS_WAITING: "Flows waiting for their turn",
    names.HTTP_IN_FLIGHT: "HTTP requests that have come and are not yet answered",
    names.RATE_LIMIT_BUCKETS: "Clients and users whose requests are counted",
    names.NATS_CONNECTED: "1 while there is a connection to NATS",
    names.NATS_RECONNECTS: "Times the connection to NATS was made again",
    names.NATS_PERMISSION_VIOLATIONS: "Publishes and subscriptions that NATS refused",
    names.NATS_MESSAGE_FAILURES: "Messages that could not be read or handled",
    names.NATS_AWAITING: "Requests whose reply is awaited",
    names.STREAM_CONFLICTS: "Streams and consumers that are not as declared and cannot be changed",
    names.EVENTS_REMOVED: "Events taken out of the stream to make room, since all had acted on them",
    names.POOL_SIZE: "Database connections there may be at once",
    names.POOL_IN_USE: "Database connections in use",
    names.POOL_WAITING: "Callers waiting for a database connection",
    names.HASHING_RUNNING: "Passwords being hashed",
    names.HASHING_WAITING: "Passwords waiting to be hashed",
    names.PASSWORDS_HASHED: "Passwords hashed, to be kept or compared",
    names.NOTIFICATIONS_LONGEST_WAIT: "How long the notification has waited that has waited longest",
    names.OUTBOX_WAITING: "Events in the outbox that the broker has not stored yet",
    names.OUTBOX_OLDEST: "For how long the oldest event in the outbox has waited",
    names.OUTBOX_HELD: "Keys whose next event the broker does not take as it is",
    names.LOG_LINES_DROPPED: "Log lines lost because nobody read them in time",
    names.SPANS_CUT_OFF: "Spans under way in processes that died, told of by this one",
    names.SPANS_UNBOXED: "Spans there was no room for in the black box",
}


class Watched(Collector):
    """Gauges and counters (by the ending of their name) whose value is what a function answers."""

    def __init__(self) -> None:
        self._readings: dict[str, Reading] = {}

    def watch(self, name: str, reading: Reading) -> None:
        if name not in _TOLD:
            raise KeyError(f"{name} is none of the watched metrics")
        self._readings[name] = reading

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        for name, reading in self._readings.items():
            try:
                value = float(reading())
            except Exception:  # noqa: BLE001, S112 - one figure that cannot be read must not cost all the others
                continue
            family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            yield family(name, _TOLD[name], value=value)
