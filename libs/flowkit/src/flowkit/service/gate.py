"""How many flows of a service run at once, how many may wait, and when the next one is turned away."""

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Gate:
    """`limit` run, `line` wait. A flow that waits for another service gives up its turn, so that services which
    call each other in circles cannot hold all turns of each other; such flows are bounded too, by `aside_most`."""

    limit: int
    line: int
    aside_most: int = 0
    running: int = 0
    aside: int = 0
    _returning: deque[asyncio.Future[None]] = field(default_factory=deque[asyncio.Future[None]])
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque[asyncio.Future[None]])

    def __post_init__(self) -> None:
        self.aside_most = self.aside_most or 4 * (self.limit + self.line)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def admit(self) -> "Turn | None":
        """A turn, taken at once or to be awaited; None when the line is full."""
        if self.running < self.limit and not self._waiting and not self._returning:
            self.running += 1
            return Turn(self)
        if len(self._waiting) >= self.line or self.aside >= self.aside_most:
            return None
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        return Turn(self, place)

    def release(self) -> None:
        """Hand the turn on; those who were running before go first, since others wait for them."""
        for line in (self._returning, self._waiting):
            while line:
                place = line.popleft()
                if not place.done():
                    place.set_result(None)
                    return
        self.running -= 1

    async def retake(self) -> None:
        if self.running < self.limit:
            self.running += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._returning.append(place)
        await self._wait(place, self._returning)

    async def come(self, place: asyncio.Future[None]) -> None:
        await self._wait(place, self._waiting)

    async def _wait(self, place: asyncio.Future[None], line: deque[asyncio.Future[None]]) -> None:
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.release()  # the turn came in the very moment its owner was cancelled
            elif place in line:
                line.remove(place)
            raise


@dataclass(slots=True)
class Turn:
    """One flow's place: awaited, held, stepped aside from, left."""

    gate: Gate
    place: asyncio.Future[None] | None = None
    _held: bool = False
    _aside: int = 0
    _retaking: bool = False

    def __post_init__(self) -> None:
        self._held = self.place is None

    async def come(self) -> None:
        if self.place is not None:
            await self.gate.come(self.place)
            self._held = True

    def step_aside(self) -> None:
        """Several requests may be waited for at once: the turn is given up with the first."""
        self._aside += 1
        self.gate.aside += 1
        self.leave()

    async def step_back(self) -> None:
        """And taken back when none is waited for any more."""
        self._aside -= 1
        self.gate.aside -= 1
        if self._aside or self._held or self._retaking:
            return
        self._retaking = True
        try:
            await self.gate.retake()
            self._held = True
        finally:
            self._retaking = False

    def leave(self) -> None:
        if self._held:
            self._held = False
            self.gate.release()
