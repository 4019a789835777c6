"""One line for each key: so many are served at once, whoever comes to another key does not wait for them."""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from flowkit.contract import Overloaded


@dataclass(slots=True)
class _Line:
    turns: asyncio.Semaphore
    users: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """Who has waited for `patience` seconds is turned away. A line is gone when nobody stands in it."""

    at_once: int
    patience: float
    _lines: dict[Hashable, _Line] = field(default_factory=dict[Hashable, _Line])

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncGenerator[None]:
        line = self._lines.setdefault(key, _Line(asyncio.Semaphore(self.at_once)))
        line.users += 1
        try:
            await self._wait(line)
            try:
                yield
            finally:
                line.turns.release()
        finally:
            line.users -= 1
            if not line.users:
                del self._lines[key]

    async def _wait(self, line: _Line) -> None:
        try:
            async with asyncio.timeout(self.patience):
                await line.turns.acquire()
        except TimeoutError:
            raise Overloaded from None

    def __len__(self) -> int:
        return len(self._lines)
