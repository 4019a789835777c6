"""How much may be tried again: a share of what was asked lately, so that retries cannot become the load."""

from dataclasses import dataclass, field

from flowkit.resilience.options import Clock, Options
from flowkit.resilience.window import Window


@dataclass(slots=True)
class RetryBudget:
    options: Options
    clock: Clock
    _recent: Window = field(init=False)

    def __post_init__(self) -> None:
        self._recent = Window(self.options.window_s, self.clock)

    def count(self) -> None:
        """A first attempt."""
        self._recent.count()

    def spend(self) -> bool:
        """Whether one more retry is within bounds; if so it is counted."""
        first_attempts, retries = self._recent.totals
        if retries >= max(self.options.always_allowed, int(first_attempts * self.options.extra_load)):
            return False
        self._recent.mark()
        return True
