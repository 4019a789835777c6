"""How many events are not yet acted on, and for how long the oldest of them has been so: the server knows."""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from flowkit.bus import BusError
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
            for reactor in self.reactors:
                await self._look(reactor)
            await asyncio.sleep(every)

    async def _look(self, reactor: Reactor) -> None:
        """What could not be asked stays as it was."""
        pending, longest = 0, 0.0
        try:
            for consumer in reactor.consumers:
                standing = await self.streams.consumer(consumer.name)
                self.ack_wait_s = min(self.ack_wait_s, standing.ack_wait_s or math.inf)
                pending += standing.pending + standing.unacknowledged
                longest = max(longest, self._unfinished_for(consumer.name, standing))
        except BusError:
            return
        reactor.metrics.pending.set(pending)
        reactor.metrics.unfinished.set(longest)

    def _unfinished_for(self, name: str, standing: ConsumerStanding) -> float:
        if standing.pending + standing.unacknowledged == 0:
            self._floors.pop(name, None)
            return 0.0
        floor = self._floors.get(name)
        if floor is None or floor.place != standing.floor:
            floor = self._floors[name] = _Floor(standing.floor)
        return time.monotonic() - floor.since
