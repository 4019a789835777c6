"""How a client is told of its limits: `RateLimit-Policy` and `RateLimit` as in draft-ietf-httpapi-ratelimit-headers-10,
and the three fields of its draft 06, which more clients read, for the limit that is nearest."""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil
from typing import Final

from gateway_service.http.answer import Header
from gateway_service.rate_limits.buckets import Level
from gateway_service.rate_limits.limit import Limit

POLICY: Final = b"ratelimit-policy"
NOW: Final = b"ratelimit"
OF_DRAFT_06: Final = (b"ratelimit-limit", b"ratelimit-remaining", b"ratelimit-reset")

type Taken = tuple[Limit, Level]


def told(taken: Sequence[Taken]) -> tuple[Header, ...]:
    if not taken:
        return ()
    nearest, level = min(taken, key=_left)
    figures = (nearest.burst, level.left, ceil(level.full_in_s))
    return (
        (POLICY, b", ".join([_policy(limit.name, limit.burst, limit.filling_s) for limit, _ in taken])),
        (NOW, b", ".join([_now(limit, level) for limit, level in taken])),
        *((name, b"%d" % figure) for name, figure in zip(OF_DRAFT_06, figures, strict=True)),
    )


def _left(taken: Taken) -> float:
    limit, level = taken
    return -1.0 if level.wait_s else level.left / limit.burst


@lru_cache(maxsize=64)
def _policy(name: str, burst: int, filling_s: float) -> bytes:
    return f'"{name}";q={burst};w={max(1, ceil(filling_s))}'.encode()


def _now(limit: Limit, level: Level) -> bytes:
    return f'"{limit.name}";r={level.left};t={ceil(level.full_in_s)}'.encode()
