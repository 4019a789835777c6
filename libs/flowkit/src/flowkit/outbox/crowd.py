"""Keys with so much waiting that they fill a turn among themselves: another is for whoever stands behind them."""

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

MOST: Final = 64
"""So many keys are no crowd: they go side by side."""
COSTS_AT_MOST: Final = 0.05
"""Of a relay's time: who is behind a million rows is found by walking past them."""


@dataclass(slots=True)
class Crowd:
    clock: Callable[[], float] = time.monotonic
    _keys: frozenset[str] = frozenset()
    _not_before: float = -math.inf

    @property
    def passed(self) -> frozenset[str]:
        """To be left out of the next turn. Each key is in its own order whoever's turn it is."""
        return self._keys if self.clock() >= self._not_before else frozenset()

    def saw(self, keys: Collection[str], passed: frozenset[str], *, is_full: bool, took: float) -> None:
        """Whose turn it was, without whom, whether more might have been taken, and for how long it was looked for."""
        self._paid(passed, took)
        # A crowd behind this one is found by walking past both; until that may be paid for, turns are anybody's.
        crowd = self._keys.union(keys) if passed else self._keys or frozenset(keys)
        self._keys = crowd if is_full and max(len(crowd), len(keys)) < MOST else frozenset()

    def failed(self, passed: frozenset[str], *, took: float) -> None:
        """It was too far to walk, or so it may be."""
        self._paid(passed, took)
        self._keys = frozenset()

    def _paid(self, passed: frozenset[str], took: float) -> None:
        if passed:
            self._not_before = self.clock() + took / COSTS_AT_MOST
