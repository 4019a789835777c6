"""The time as the streams in memory know it: as it passes, and as a test moves it on."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Clock:
    on_move: list[Callable[[], None]] = field(default_factory=list["Callable[[], None]"])
    _ahead: float = 0.0

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead

    def move(self, seconds: float) -> None:
        """All that is due by then happens now."""
        self._ahead += seconds
        for told in self.on_move:
            told()
