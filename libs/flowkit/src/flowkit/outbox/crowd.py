"""Keys with so much waiting that they fill a turn among themselves: the next is for whoever stands behind them."""

import math
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

MOST: Final = 64
"""So many keys are no crowd: they go side by side."""
COSTS_AT_MOST: Final = 0.05
"""Of a relay's time: who is behind a million rows is found by walking past them."""


@dataclass(slots=True)
class Crowd:
    passed: frozenset[str] = frozenset()
    """To be left out of the next turn. Each key is in its own order whoever's turn it is."""
    _not_before: float = -math.inf

    def saw(self, keys: Collection[str], *, is_full: bool, took: float) -> None:
        """Whose turn it was, whether more might have been taken, and for how long it was looked for."""
        now, crowd = time.monotonic(), self.passed.union(keys)
        if self.passed:
            self._not_before = now + took / COSTS_AT_MOST
        is_crowd = is_full and len(crowd) < MOST
        self.passed = crowd if is_crowd and (self.passed or now >= self._not_before) else frozenset()
