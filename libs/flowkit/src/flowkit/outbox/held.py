"""Keys whose next event the broker will not take as it is: they wait, so that their order is kept and others go on."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

MOST: Final = 1000
"""More than a few are no longer a few bad events: something is wrong with all of them."""
FEW: Final = 10
"""So many may each be at fault themselves; with more, what they have in common is."""
FIRST_WAIT_S: Final = 5.0
LONGEST_WAIT_S: Final = 60.0


@dataclass(slots=True)
class _Wait:
    until: float
    seconds: float


@dataclass(slots=True)
class HeldBack:
    """Each is tried again after a while: whoever runs the broker may have raised its limit."""

    clock: Callable[[], float] = time.monotonic
    _waits: dict[str, _Wait] = field(default_factory=dict[str, _Wait])

    def __len__(self) -> int:
        return len(self._waits)

    @property
    def is_full(self) -> bool:
        return len(self._waits) >= MOST

    @property
    def keys(self) -> Collection[str]:
        """Those not to be tried now; who has not failed again for long has been helped by somebody else."""
        now = self.clock()
        self._waits = {key: wait for key, wait in self._waits.items() if wait.until + LONGEST_WAIT_S > now}
        return [key for key, wait in self._waits.items() if wait.until > now]

    @property
    def few(self) -> Collection[str]:
        """All that are held, tried again now or not; none, where that is more than a few."""
        return [*self._waits] if len(self._waits) <= FEW else []

    def hold(self, key: str) -> None:
        known = self._waits.get(key)
        seconds = FIRST_WAIT_S if known is None else min(LONGEST_WAIT_S, known.seconds * 2)
        self._waits[key] = _Wait(self.clock() + seconds, seconds)

    def release(self, key: str) -> bool:
        """Whether it was held."""
        return self._waits.pop(key, None) is not None
