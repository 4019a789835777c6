"""Events as they are told: read where they are kept, so none is missed while nobody could ask."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flowkit.bus import BusError
from flowkit.contract import EVENTS
from flowkit.streams import Kept, Streams

ASK_EVERY_S: Final = 0.2
PAGE: Final = 100


@dataclass(slots=True)
class Following:
    """`away` is told once why nothing can be read, `back` once it can be again."""

    streams: Streams
    subject: str
    away: Callable[[BusError], None]
    back: Callable[[], None]
    _next: int = 1
    _is_away: bool = False

    async def events(self, since: datetime | None) -> AsyncGenerator[Kept]:
        """For ever; where `since` is given what was told from then on comes first. Raises the bus's faults only where
        there is nothing to begin with."""
        self._next = (await self.streams.info(EVENTS)).last + 1
        page = [] if since is None else await self.streams.read(EVENTS, since=since, most=PAGE, subject=self.subject)
        while True:
            for kept in page:
                yield kept
                self._next = kept.place + 1
            if not page:
                await asyncio.sleep(ASK_EVERY_S)
            page = await self._page()

    async def _page(self) -> list[Kept]:
        try:
            if self._is_away:
                await self._come_back()
            return await self.streams.read(EVENTS, start=self._next, most=PAGE, subject=self.subject)
        except BusError as fault:
            if not self._is_away:
                self._is_away = True
                self.away(fault)
            return []

    async def _come_back(self) -> None:
        last = (await self.streams.info(EVENTS)).last
        if last + 1 < self._next:
            # It was made anew meanwhile, and counts from the beginning.
            self._next = 1
        self._is_away = False
        self.back()
