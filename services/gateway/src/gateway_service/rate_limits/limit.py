"""One limit: by what it counts, what was refused, and what the other gateways do not know of yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Final, Literal

from prometheus_client import Counter

from gateway_service.rate_limits.buckets import Buckets, Level

type Per = Literal["address", "user"]

MOST_UNTOLD: Final = 20_000
_KEY_BITS: Final = 63  # what every JSON reader and msgspec's bounds can hold


@dataclass(slots=True)
class Limit:
    group: str
    per: Per
    buckets: Buckets
    refused: Counter
    untold: dict[int, int] = field(default_factory=dict[int, int])
    never_told: int = 0

    name: str = field(init=False)
    burst: int = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"{self.group}-per-{self.per}".replace(" ", "-")
        self.burst = self.buckets.rate.burst

    def take(self, who: str) -> Level:
        key = key_of(who)
        level = self.buckets.take(key)
        if level.wait_s:
            self.refused.inc()
        else:
            self._note(key, 1)
        return level

    def give_back(self, who: str) -> None:
        key = key_of(who)
        self.buckets.spent(key, -1)
        self._note(key, -1)

    def spent_elsewhere(self, spent: Mapping[int, int]) -> None:
        most = self.burst
        for key, tokens in spent.items():
            self.buckets.spent(key, max(-most, min(tokens, most)))

    def to_tell(self, most: int) -> dict[int, int]:
        """The first of what others do not know yet; from now on they are taken to know it."""
        if len(self.untold) <= most:
            told, self.untold = self.untold, {}
            return told
        told = {key: self.untold[key] for key in list(self.untold)[:most]}
        for key in told:
            del self.untold[key]
        return told

    def _note(self, key: int, tokens: int) -> None:
        if key in self.untold or len(self.untold) < MOST_UNTOLD:
            self.untold[key] = self.untold.get(key, 0) + tokens
        else:
            self.never_told += tokens


@lru_cache(maxsize=8192)
def key_of(who: str) -> int:
    """What gateways call a client among themselves: addresses and ids stay where they are."""
    digest = blake2b(who.encode(), digest_size=8, person=b"flow-limits").digest()
    return int.from_bytes(digest) >> (64 - _KEY_BITS)
