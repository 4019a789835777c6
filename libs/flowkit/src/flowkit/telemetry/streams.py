"""What is told of the streams by whoever keeps them."""

from dataclasses import dataclass
from typing import Self

from prometheus_client import CollectorRegistry, Gauge

from flowkit.telemetry import names
from flowkit.telemetry.instruments import StreamMetrics


@dataclass(frozen=True, slots=True)
class StreamGauges:
    messages: Gauge
    bytes: Gauge
    most_bytes: Gauge
    readers: Gauge

    @classmethod
    def of(cls, registry: CollectorRegistry) -> Self:
        stream = (names.LABEL_STREAM,)
        readers = "Instances of a service that wait for the next event of a kind; those that are at work do not"
        return cls(
            Gauge(names.STREAM_MESSAGES, "Messages kept in a stream", stream, registry=registry),
            Gauge(names.STREAM_BYTES, "Bytes kept in a stream", stream, registry=registry),
            Gauge(
                names.STREAM_MOST_BYTES,
                "Bytes a stream may keep: past it publishers are refused",
                stream,
                registry=registry,
            ),
            Gauge(names.EVENT_READERS, readers, (names.LABEL_SERVICE, names.LABEL_EVENT), registry=registry),
        )

    def stream(self, name: str) -> StreamMetrics:
        return StreamMetrics(self.messages.labels(name), self.bytes.labels(name), self.most_bytes.labels(name))
