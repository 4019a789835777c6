"""What the tests of rate limits are made with: a clock that is set by hand, buckets and limits over it."""

from dataclasses import dataclass, field

from flowkit.telemetry.metrics import Metrics
from gateway_service.rate_limits.buckets import Buckets
from gateway_service.rate_limits.limit import Limit
from gateway_service.rate_limits.rate import Rate


@dataclass(slots=True)
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Counted:
    """A limit of one a second and five at once, unless told otherwise."""

    rate: Rate = field(default_factory=lambda: Rate(1.0, 5))
    most: int = 100
    clock: Clock = field(default_factory=Clock)

    def limit(self) -> Limit:
        return Limit("reading", "address", self.buckets(), Metrics("gateway").rate_limit("reading", "address"))

    def buckets(self) -> Buckets:
        return Buckets(self.rate, self.most, self.clock)
