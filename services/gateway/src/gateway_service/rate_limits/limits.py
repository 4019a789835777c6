"""Every limit there is, as the settings have it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from flowkit.telemetry.metrics import Metrics

from gateway_service.rate_limits.buckets import Buckets
from gateway_service.rate_limits.limit import Limit, Per
from gateway_service.rate_limits.rate import Rate
from gateway_service.settings import Settings

type Group = Literal["signing in", "reading", "writing"]

SIGNING_IN: Final[Group] = "signing in"
"""Whatever hashes a password, or makes a token; where a route names no group, GET is reading and the rest writing."""


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """Of a group of routes; where one is None, nobody counts."""

    per_address: Limit | None = None
    per_user: Limit | None = None


@dataclass(frozen=True, slots=True)
class RateLimits:
    groups: dict[Group, GroupLimits]
    # Of an address: tokens that auth has not vouched for yet.
    unknown_tokens: Limit | None = None

    @classmethod
    def of(cls, settings: Settings, metrics: Metrics) -> "RateLimits":
        def limit(group: str, per: Per, text: str) -> Limit | None:
            rate = Rate.read(text if settings.rate_limits == "on" else "off")
            return None if rate is None else Limit(group, per, Buckets(rate), metrics.rate_limit(group, per))

        def both(group: Group, per_address: str, per_user: str) -> GroupLimits:
            return GroupLimits(limit(group, "address", per_address), limit(group, "user", per_user))

        return cls(
            {
                SIGNING_IN: both(SIGNING_IN, settings.limit_signing_in_address, settings.limit_signing_in_user),
                "reading": both("reading", settings.limit_reading_address, settings.limit_reading_user),
                "writing": both("writing", settings.limit_writing_address, settings.limit_writing_user),
            },
            limit("unknown tokens", "address", settings.limit_unknown_tokens),
        )

    def __iter__(self) -> Iterator[Limit]:
        each = (limit for group in self.groups.values() for limit in (group.per_address, group.per_user))
        yield from (limit for limit in (*each, self.unknown_tokens) if limit is not None)
