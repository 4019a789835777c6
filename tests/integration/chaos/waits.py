"""How long processes that had work to do waited for a processor: answers are late by that on a busy machine."""

import asyncio
import os
import time
from bisect import bisect_left, bisect_right
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

LOOK_EVERY_S = 0.01
MOMENT = itemgetter(0)


@dataclass(slots=True)
class Waits:
    """Of all of them together; the kernel counts, where it is Linux, and elsewhere nobody is excused."""

    pids: Callable[[], Iterable[int]]
    _looks: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    _known: dict[int, float] = field(default_factory=dict[int, float])
    _waited: float = 0.0

    @classmethod
    @asynccontextmanager
    async def of(cls, pids: Callable[[], Iterable[int]]) -> AsyncGenerator["Waits"]:
        """Of those, who may be others every time, and of ourselves."""
        async with cls(lambda: (os.getpid(), *pids())).watching() as waits:
            yield waits

    @asynccontextmanager
    async def watching(self) -> AsyncGenerator["Waits"]:
        looking = asyncio.create_task(self._keep_looking())
        try:
            yield self
        finally:
            looking.cancel()
            self._look()

    def between(self, began: float, ended: float) -> float:
        """Seconds, from the last look before that span of the monotonic clock to the first one after it."""
        first = max(0, bisect_right(self._looks, began, key=MOMENT) - 1)
        last = min(len(self._looks) - 1, bisect_left(self._looks, ended, key=MOMENT))
        return self._looks[last][1] - self._looks[first][1]

    async def _keep_looking(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(LOOK_EVERY_S)

    def _look(self) -> None:
        for pid in self.pids():
            if (waited := _waited(pid)) is not None:
                self._waited += waited - self._known.get(pid, waited)
                self._known[pid] = waited
        self._looks.append((time.monotonic(), self._waited))


def _waited(pid: int) -> float | None:
    """By the thread that runs its event loop, since it began."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return None
