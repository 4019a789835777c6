"""How many requests are under way, and whether this gateway is leaving."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Traffic:
    in_flight: int = 0
    draining: bool = False
    _none_left: asyncio.Event = field(default_factory=asyncio.Event)

    def come(self) -> None:
        self.in_flight += 1
        self._none_left.clear()

    def go(self) -> None:
        self.in_flight -= 1
        if not self.in_flight:
            self._none_left.set()

    async def ebb(self) -> None:
        """Returns once nothing is under way."""
        if self.in_flight:
            await self._none_left.wait()
