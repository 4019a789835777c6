"""When to strike: as soon as what is struck has work of its own under way, as far as that can be seen from outside."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from flowctl.events.readers import read_by
from flowkit.streams import Streams

from tests.integration.chaos.system import NotInTime, true_within

from .history import History, Kind

# Of those whose work is asked for by clients, what is asked for; of the others' the stream knows.
ASKED: Final[dict[str, tuple[Kind, ...]]] = {
    "gateway": ("registration", "order"),
    "auth": ("order",),
    "customer": ("registration",),
    "order": ("order",),
}
REACTING: Final = ("payment", "notification")
# It is struck then as it is; the check tells what that hit.
PATIENCE_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Aim:
    history: History
    streams: Streams

    async def at(self, parts: tuple[str, ...]) -> None:
        async def any_of_them_works() -> bool:
            return any(await asyncio.gather(*map(self._works, parts)))

        with suppress(NotInTime):
            await true_within(PATIENCE_S, any_of_them_works, f"{' or '.join(parts)} has something to do")

    async def _works(self, part: str) -> bool:
        if part in ASKED:
            return any(each.kind in ASKED[part] for each in self.history.pending)
        return part not in REACTING or await self._is_given_events(part)

    async def _is_given_events(self, service: str) -> bool:
        standings = await asyncio.gather(*(self.streams.consumer(each.name) for each in read_by(service)))
        return any(each.pending + each.unacknowledged for each in standings)
