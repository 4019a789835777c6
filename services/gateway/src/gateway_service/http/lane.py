"""How many requests to one route are answered at once: as many as still take about as long as in quiet times."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Final

# Judged so often, or later where too few were answered to judge by.
_INTERVAL_S: Final = 0.05
_LEAST_SAMPLES: Final = 8
_LEAST_ALONE: Final = 4
# Requests that find so few others under way show what a quiet route takes.
_QUIET: Final = 2
# Without such a sample for so long, the lane is emptied for an interval to take one.
_STALE_S: Final = 10.0
# Each interval's quiet samples move what is known by this share.
_SLOWLY: Final = 0.1
# A lane that is not full grows back towards where it began by so much an interval.
_RECOVERY: Final = 0.25
_START: Final = 32.0
_LEAST: Final = 8.0
_NARROWS_TO: Final = 0.25
_MOST: Final = 1024.0


@dataclass(slots=True)
class Lane:
    """`tolerance` times what a request takes in quiet times is what one may take here. Once the median of what was
    answered has been above that for two intervals on end, or for one in which some found no room, fewer are let in;
    while it is below, one more an interval."""

    tolerance: float
    clock: Callable[[], float] = time.monotonic
    limit: float = _START
    in_flight: int = 0
    quiet: float = 0.0
    """What a request takes when there is hardly another, in seconds; 0 until that is known."""
    _began: float = 0.0
    _peak: int = 0
    _turned_away: int = 0
    _was_late: bool = False
    _probing: bool = False
    _quiet_at: float = 0.0
    _took: list[float] = field(default_factory=list[float])
    _took_alone: list[float] = field(default_factory=list[float])

    @property
    def is_full(self) -> bool:
        return self.in_flight >= (_QUIET if self._probing else self.limit)

    def told_limit(self) -> float:
        return float(int(self.limit))

    def enter(self) -> bool:
        """Whether it found hardly another, which `leave` wants to know."""
        self.in_flight += 1
        self._peak = max(self._peak, self.in_flight)
        return self.in_flight <= _QUIET

    def turn_away(self) -> None:
        self._turned_away += 1

    def leave(self) -> None:
        self.in_flight -= 1

    def took(self, seconds: float, *, alone: bool) -> None:
        """So long one took that was answered by its flow."""
        self._took.append(seconds)
        if alone:
            self._took_alone.append(seconds)
        now = self.clock()
        if len(self._took_alone) >= _LEAST_ALONE if self._probing else self._is_due(now):
            self._judge(now)

    def _is_due(self, now: float) -> bool:
        return now - self._began >= _INTERVAL_S and len(self._took) >= _LEAST_SAMPLES

    def _judge(self, now: float) -> None:
        self._learn(now)
        typical, target = median(self._took), self.tolerance * self.quiet
        is_late = typical > target > 0 and not self._probing
        if is_late and (self._was_late or self._turned_away):
            self._narrow(target / typical)
        elif not is_late:
            self._widen()
        self._was_late = is_late
        self._probing = now - self._quiet_at > _STALE_S
        self._began, self._peak, self._turned_away = now, self.in_flight, 0
        self._took.clear()
        self._took_alone.clear()

    def _learn(self, now: float) -> None:
        # Whoever was let in beside a crowd that was not has had to wait for it, however empty the lane.
        if not self._took_alone or (self._turned_away and not self._probing):
            return
        seen = median(self._took_alone)
        self.quiet += (seen - self.quiet) * (_SLOWLY if self.quiet else 1.0)
        self._quiet_at = now

    def _narrow(self, share: float) -> None:
        self.limit = max(_LEAST, min(self.limit, self._peak) * max(_NARROWS_TO, share))

    def _widen(self) -> None:
        if self._peak >= self.limit - 1:
            self.limit = min(_MOST, self.limit + 1)
        elif self.limit < _START:
            self.limit = min(_START, self.limit + _RECOVERY)
