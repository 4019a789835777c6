"""How full the streams are, and whether anybody reads them: whoever should and does not, cannot tell it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Self

from prometheus_client import Gauge

from flowkit.bus import BusError
from flowkit.chores import alongside
from flowkit.contract import DEAD_LETTERS, EVENTS, Consumer, Participant, consumers_of
from flowkit.streams import Streams
from flowkit.telemetry.instruments import StreamMetrics
from flowkit.telemetry.metrics import Metrics

EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class Readers:
    """Of one event, in one service."""

    versions: Sequence[Sequence[Consumer]]
    waiting: Gauge

    @classmethod
    def of(cls, service: Participant, event: str, metrics: Metrics) -> Self:
        versions = [tuple(consumers_of(service.name, each)) for each in service.reacts_to if each.name == event]
        return cls(versions, metrics.readers(service.name, event))


@dataclass(frozen=True, slots=True)
class WatchedStreams:
    streams: Streams
    readers: Sequence[Readers]
    kept: Mapping[str, StreamMetrics]

    @classmethod
    def of(cls, streams: Streams, participants: Sequence[Participant], metrics: Metrics) -> Self:
        readers = [
            Readers.of(each, event, metrics)
            for each in participants
            for event in sorted({event.name for event in each.reacts_to})
        ]
        return cls(streams, readers, {name: metrics.stream(name) for name in (EVENTS, DEAD_LETTERS)})

    async def look(self) -> None:
        """What cannot be asked stays as it was: that NATS is away is told elsewhere."""
        for name, metrics in self.kept.items():
            with suppress(BusError):
                await self._look_at(name, metrics)
        for readers in self.readers:
            with suppress(BusError):
                # Of a version that nobody reads the others' readers are not to distract.
                readers.waiting.set(min([await self._waiting(each) for each in readers.versions]))

    async def _waiting(self, consumers: Sequence[Consumer]) -> int:
        return sum([(await self.streams.consumer(each.name)).waiting for each in consumers])

    async def _look_at(self, stream: str, metrics: StreamMetrics) -> None:
        standing = await self.streams.info(stream)
        metrics.messages.set(standing.messages)
        metrics.bytes.set(standing.bytes)
        metrics.most_bytes.set(standing.most_bytes)


def watched_streams(watched: WatchedStreams, every: float = EVERY_S) -> AbstractAsyncContextManager[None]:
    """Never waited for."""
    return alongside("watching the streams", lambda: _look_for_ever(watched, every))


async def _look_for_ever(watched: WatchedStreams, every: float) -> None:
    while True:
        await watched.look()
        await asyncio.sleep(every)
