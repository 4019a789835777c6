"""A process tells its callers when it can be asked, and heeds when those it calls say so."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from flowkit.bus import Subscription
from flowkit.chores import alongside
from flowkit.client import Notices
from flowkit.contract.serving import Serving, serving
from flowkit.resilience import Callees


class Connection(Protocol):
    def on_connect(self, told: Callable[[], None]) -> None: ...


@dataclass(frozen=True, slots=True)
class Presence:
    connection: Connection
    notices: Notices
    callees: Callees

    async def heed(self) -> Subscription:
        """Who comes, or comes back, is given another chance; so is everyone once our own connection is another."""
        self.connection.on_connect(self.callees.forget)
        return await self.notices.hear(serving, lambda told: self.callees.forget(told.flows))

    @asynccontextmanager
    async def announced(self, flows: Sequence[str]) -> AsyncGenerator[None]:
        """Told now, and whenever the connection has been made anew."""
        connected = asyncio.Event()
        connected.set()
        self.connection.on_connect(connected.set)
        async with alongside("telling that it serves", lambda: self._tell(connected, Serving(flows=tuple(flows)))):
            yield

    async def _tell(self, connected: asyncio.Event, told: Serving) -> None:
        while True:
            await connected.wait()
            connected.clear()
            await self.notices.tell(serving, told)
