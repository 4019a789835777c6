"""How many events are not yet acted on, and for how long the oldest of them has been so: the server knows."""

import asyncio
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from flowkit.bus import BusError
from flowkit.contract import Consumer
from flowkit.reactions.reactor import Reactor
from flowkit.streams import ConsumerStanding, Streams


@dataclass(slots=True)
class _Floor:
    """Below it all is finished."""

    place: int
    since: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Figures:
    streams: Streams
    reactors: Sequence[Reactor]
    ack_wait_s: float = math.inf
    """After so long without a word the server gives an event to another; the shortest of them all."""
    _floors: dict[str, _Floor] = field(default_factory=dict[str, _Floor])

    async def watch(self, every: float) -> None:
        while True:
            await self.look()
            await asyncio.sleep(every)

    async def look(self) -> None:
        """Versions of an event are one to whoever looks at its figures. What could not be asked stays as it was."""
        for name, metrics in {each.event.name: each.metrics for each in self.reactors}.items():
            versions = [each for each in self.reactors if each.event.name == name]
            with suppress(BusError):
                standings = [await self._standing(each) for reactor in versions for each in reactor.consumers]
                metrics.pending.set(sum(pending for pending, _ in standings))
                metrics.unfinished.set(max(unfinished for _, unfinished in standings))

    async def _standing(self, consumer: Consumer) -> tuple[int, float]:
        standing = await self.streams.consumer(consumer.name)
        self.ack_wait_s = min(self.ack_wait_s, standing.ack_wait_s or math.inf)
        return standing.pending + standing.unacknowledged, self._unfinished_for(consumer.name, standing)

    def _unfinished_for(self, name: str, standing: ConsumerStanding) -> float:
        if standing.pending + standing.unacknowledged == 0:
            self._floors.pop(name, None)
            return 0.0
        floor = self._floors.get(name)
        if floor is None or floor.place != standing.floor:
            floor = self._floors[name] = _Floor(standing.floor)
        return time.monotonic() - floor.since
