"""How a client is told of its limits: `RateLimit-Policy` and `RateLimit` as in draft-ietf-httpapi-ratelimit-headers-10,
and the three fields of its draft 06, which more clients read, for the limit that is nearest."""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil
from typing import Final, NamedTuple

from gateway_service.http.answer import Header
from gateway_service.rate_limits.buckets import Level
from gateway_service.rate_limits.limit import Limit
from gateway_service.rate_limits.rate import Rate

POLICY: Final = b"ratelimit-policy"
NOW: Final = b"ratelimit"
LIMIT: Final = b"ratelimit-limit"
REMAINING: Final = b"ratelimit-remaining"
RESET: Final = b"ratelimit-reset"
EVERY: Final = (POLICY, NOW, LIMIT, REMAINING, RESET)

type Taken = tuple[Limit, Level]


def told(taken: Sequence[Taken]) -> tuple[Header, ...]:
    if not taken:
        return ()
    nearest, level = taken[0] if len(taken) == 1 else min(taken, key=_left)
    each = [(_words(limit.name, limit.buckets.rate), now) for limit, now in taken]
    return (
        (POLICY, b", ".join([words.policy for words, _ in each])),
        (NOW, b", ".join([b"%b;r=%d;t=%d" % (words.name, now.left, ceil(now.full_in_s)) for words, now in each])),
        (LIMIT, b"%d" % nearest.burst),
        (REMAINING, b"%d" % level.left),
        (RESET, b"%d" % ceil(level.full_in_s)),
    )


class _Words(NamedTuple):
    name: bytes
    policy: bytes


def _left(taken: Taken) -> float:
    limit, level = taken
    return -1.0 if level.wait_s else level.left / limit.burst


@lru_cache(maxsize=64)
def _words(name: str, rate: Rate) -> _Words:
    quoted = f'"{name}"'.encode()
    return _Words(quoted, b"%b;q=%d;w=%d" % (quoted, rate.burst, max(1, ceil(rate.filling_s))))
