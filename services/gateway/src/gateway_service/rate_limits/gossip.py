"""What gateways tell each other of tokens spent, so that together they allow what one of them would."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from contracts.gateway import MOST_TOLD, Spent, spent
from flowkit.chores import alongside
from flowkit.client import Notices

from gateway_service.rate_limits.limit import Limit

EVERY_S = 0.1
_MOST_AT_ONCE = 5


@dataclass(slots=True)
class Gossip:
    """Nothing waits for it: while nobody hears it, each gateway keeps to the limits by itself."""

    notices: Notices
    limits: Mapping[str, Limit]
    every_s: float = EVERY_S
    me: str = field(default_factory=lambda: secrets.token_hex(8))
    _hears: bool = field(default=False, init=False)

    @classmethod
    def among(cls, limits: Iterable[Limit], notices: Notices) -> "Gossip":
        return cls(notices, {limit.name: limit for limit in limits})

    @asynccontextmanager
    async def going_on(self) -> AsyncGenerator[None]:
        async with alongside("gossip of tokens spent", self._go_on):
            yield

    async def _go_on(self) -> None:
        if not self._hears:
            await self.notices.hear(spent, self.heed)
            self._hears = True
        while True:
            await asyncio.sleep(self.every_s)
            await self.tell()

    async def tell(self) -> None:
        for told in self._untold():
            if self.notices.bus.is_connected:
                await self.notices.tell(spent, told)

    def heed(self, told: Spent) -> None:
        if told.teller == self.me:
            return
        for name, keys in told.spent.items():
            if (limit := self.limits.get(name)) is not None:
                limit.spent_elsewhere(dict(keys))

    def _untold(self) -> Iterator[Spent]:
        """What is too much for these stays for the next time."""
        for _ in range(_MOST_AT_ONCE):
            room, told = MOST_TOLD, dict[str, tuple[tuple[int, int], ...]]()
            for name, limit in self.limits.items():
                if room and limit.untold:
                    told[name] = tuple((key, tokens) for key, tokens in limit.to_tell(room).items() if tokens)
                    room -= len(told[name])
            if any(told.values()):
                yield Spent(teller=self.me, spent=told)
