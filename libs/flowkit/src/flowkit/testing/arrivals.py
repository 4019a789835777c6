"""What a server has sent to one client in memory, and the client has not read yet."""

import asyncio
from collections import deque
from collections.abc import Callable

from flowkit.bus.port import Disconnected


class Arrivals:
    """Handed over in order, in the loop's next round: never inside a sender's call."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], object]] = deque()
        self._marks: set[asyncio.Future[None]] = set()
        self._scheduled = False

    def add(self, hand_over: Callable[[], object]) -> None:
        self._waiting.append(hand_over)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._read)

    async def caught_up(self) -> None:
        """Return once all that is here now was handed over; raises Disconnected when it was dropped."""
        mark = asyncio.get_running_loop().create_future()
        self._marks.add(mark)
        self.add(lambda: mark.done() or mark.set_result(None))
        try:
            await mark
        finally:
            self._marks.discard(mark)

    def drop(self) -> None:
        """As when a connection is lost."""
        self._waiting.clear()
        for mark in self._marks:
            if not mark.done():
                mark.set_exception(Disconnected("the connection was lost"))

    def _read(self) -> None:
        self._scheduled = False
        for _ in range(len(self._waiting)):
            if self._waiting:
                self._waiting.popleft()()
