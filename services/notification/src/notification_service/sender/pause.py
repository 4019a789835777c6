"""A while in which nothing is tried, longer each time until something goes well."""

import asyncio
from dataclasses import dataclass


@dataclass(slots=True)
class Pause:
    """Seconds. `length` is 0 where all is well, and not yet so when one is over: something is to go well first."""

    first: float
    longest: float
    length: float = 0.0
    _until: float = 0.0

    @property
    def left(self) -> float:
        return max(0.0, self._until - asyncio.get_running_loop().time())

    def begin(self) -> None:
        """Unless there is one: what failed together is one failure."""
        if self.left > 0:
            return
        self.length = min(self.longest, self.length * 2 or self.first)
        self._until = asyncio.get_running_loop().time() + self.length

    def end(self) -> None:
        """The next one is short; what is left of this one is kept to."""
        self.length = 0.0
