"""Room in EVENTS before it is full: what every reader has acted on goes, the oldest first."""

import math
from dataclasses import dataclass
from typing import Final, Self

from flowkit.bus import Bus
from flowkit.contract import EVENTS
from flowkit.streams.declared import Declared
from flowkit.streams.standing import ConsumerStanding, StreamStanding
from flowkit.streams.streams import Streams

FILLS: Final = 3 / 4
"""Past this share of its bytes room is made."""
STAYS: Final = 1 / 2
"""So much of it stays, though all have acted on it."""
_PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has acted on the least."""

    reader: str
    up_to: int
    """Of all up to this place it has acted on what is its own."""
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    full: float
    """How full it is now, of 1, as far as that can be told from the mean size."""
    removed: int = 0
    up_to: int = 0
    holder: Holder | None = None
    """Whoever kept more from going."""

    @property
    def is_short(self) -> bool:
        return self.full > FILLS


@dataclass(frozen=True, slots=True)
class Room:
    streams: Streams
    declared: frozenset[str]
    """Those who read, by the names of their consumers, whether they are there or not."""

    @classmethod
    def of(cls, bus: Bus, declared: Declared) -> Self:
        return cls(Streams(bus, _PATIENCE_S), declared.readers)

    async def make(self) -> Made:
        """Where it fills; raises the bus's faults, and nothing has gone unless ReplyLate."""
        standing = await self.streams.info(EVENTS)
        if standing.share <= FILLS:
            return Made(standing.share)
        wanted = _end_of_the_older(standing)
        holder = await self._slowest(standing, wanted)
        up_to = min(wanted, holder.up_to)
        removed = await self.streams.remove_up_to(EVENTS, up_to) if up_to >= standing.first else 0
        full = standing.share * (1 - removed / standing.messages)
        return Made(full, removed, up_to, holder if holder.up_to < wanted else None)

    async def _slowest(self, standing: StreamStanding, wanted: int) -> Holder:
        """All of them count, whoever made them."""
        there = await self.streams.consumers(EVENTS)
        # Once it is made it is to be given all there is.
        holders = [Holder(name, 0, is_there=False) for name in self.declared - there.keys()]
        for name, reader in there.items():
            holders.append(Holder(name, await self._acted_on(reader, standing, wanted)))
        return min(holders, key=lambda each: (each.up_to, each.reader), default=Holder("", standing.last))

    async def _acted_on(self, reader: ConsumerStanding, standing: StreamStanding, wanted: int) -> int:
        """Up to the next that is its own. What it counts as pending is not asked: on several servers it may count what
        one knows of that is behind, and the stream's own leader is not."""
        if reader.floor >= wanted:
            return reader.floor
        following = [await self.streams.next_of(EVENTS, each, reader.floor + 1) for each in reader.subjects]
        # No more than was there before anybody was asked: the next may have come since.
        return min((place - 1 for place in following if place is not None), default=standing.last)


def _end_of_the_older(standing: StreamStanding) -> int:
    """Events are never taken out of its middle, so their places have no gaps."""
    older = math.ceil(standing.messages * (1 - STAYS / standing.share))
    return standing.first + older - 1
