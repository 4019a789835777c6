"""A token bucket for each key, each of them one number: when it will be full again."""

import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from gateway_service.rate_limits.rate import Rate

# What others have spent may take a bucket this many bursts below empty: as many gateways can be emptied at one
# instant and all of it is paid back, and no notice, however wrong, shuts anyone out for longer.
MOST_DEBT: Final = 8
_SHARED: Final = 1024
# What clocks and sums of floats are off by.
_SLACK_S: Final = 1e-6


class Level(NamedTuple):
    """How full a bucket is; where nothing could be taken, `wait_s` says for how long."""

    left: int
    full_in_s: float
    wait_s: float = 0.0


@dataclass(slots=True)
class Buckets:
    """A full bucket is as good as unknown, and no other is ever forgotten. Where `most` keys are known whose are not
    full, newcomers share some: nobody has a spent bucket of theirs forgotten by asking under many other names."""

    rate: Rate
    most: int = 65_536
    clock: Callable[[], float] = time.monotonic
    _full_at: OrderedDict[int, float] = field(default_factory=OrderedDict[int, float])
    _shared_full_at: list[float] = field(default_factory=lambda: [0.0] * _SHARED)
    # Which keys share a bucket cannot be known from outside.
    _salt: int = field(default_factory=lambda: random.SystemRandom().getrandbits(64))

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: int) -> Level:
        now, rate = self.clock(), self.rate
        before = max(self._known(key), now)
        full_in = before + rate.interval_s - now
        wait = full_in - rate.filling_s
        if wait > _SLACK_S:
            return Level(0, before - now, wait)
        self._put(key, before + rate.interval_s, now)
        return Level(int((rate.filling_s - full_in + _SLACK_S) / rate.interval_s), full_in)

    def spent(self, key: int, tokens: int) -> None:
        """Elsewhere, or for something that has turned out not to count: then fewer than none."""
        now, rate = self.clock(), self.rate
        full_at = max(self._known(key), now) + tokens * rate.interval_s
        self._put(key, min(full_at, now + (1 + MOST_DEBT) * rate.filling_s), now)

    def _known(self, key: int) -> float:
        known = self._full_at.get(key)
        # It may have been one of those that had to share, whatever room there is by now.
        return self._shared_full_at[self._share(key)] if known is None else known

    def _put(self, key: int, full_at: float, now: float) -> None:
        if key not in self._full_at:
            self._tidy(now)
            if len(self._full_at) >= self.most:
                self._shared_full_at[self._share(key)] = full_at
                return
        self._full_at[key] = full_at

    def _tidy(self, now: float) -> None:
        """Two are looked at for each newcomer, so that the whole round is made before it could have doubled."""
        for _ in range(min(2, len(self._full_at))):
            key, full_at = self._full_at.popitem(last=False)
            if full_at > now:
                self._full_at[key] = full_at

    def _share(self, key: int) -> int:
        return hash((self._salt, key)) % _SHARED
