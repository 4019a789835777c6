"""How many requests are under way, how much they hold, and whether this gateway is leaving."""

import asyncio
from dataclasses import dataclass, field

from flowkit.contract import Unavailable

from gateway_service.http.limits import LARGEST_BODIES


@dataclass(slots=True)
class Traffic:
    in_flight: int = 0
    held: int = 0
    draining: bool = False
    _none_left: asyncio.Event = field(default_factory=asyncio.Event)

    def come(self) -> None:
        self.in_flight += 1
        self._none_left.clear()

    def hold(self, size: int) -> None:
        """So many bytes more of a body; whether or not there is room, they are held until it goes."""
        self.held += size
        if self.held > LARGEST_BODIES:
            raise Unavailable

    def go(self, holding: int) -> None:
        self.in_flight -= 1
        self.held -= holding
        if not self.in_flight:
            self._none_left.set()

    async def ebb(self) -> None:
        """Returns once nothing is under way."""
        if self.in_flight:
            await self._none_left.wait()
