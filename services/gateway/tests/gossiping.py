"""As much of several gateways as counts, and what they are asked."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from contracts.gateway import spent
from flowkit.bus import Bus
from flowkit.client import Notices
from flowkit.telemetry.ids import IdsOnlyTracer
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.testing.memory_bus import MemoryBroker
from gateway_service.rate_limits.buckets import Buckets
from gateway_service.rate_limits.gossip import Gossip
from gateway_service.rate_limits.limit import Limit
from gateway_service.rate_limits.rate import Rate

ADA, BOB = "203.0.113.7", "203.0.113.8"
RATE = Rate(0.01, 100)
# Nothing comes back while a test runs, however busy the machine is.
SLOW = Rate(60.0, 100)


@dataclass(slots=True)
class Gateway:
    bus: Bus
    rate: Rate = RATE
    limit: Limit = field(init=False)
    gossip: Gossip = field(init=False)

    def __post_init__(self) -> None:
        metrics = Metrics("gateway")
        self.limit = Limit("reading", "address", Buckets(self.rate), metrics.rate_limit("reading", "address"))
        notices = Notices(self.bus, "gateway", Tracing(IdsOnlyTracer()), metrics)
        self.gossip = Gossip.among([self.limit], notices)

    def allows(self, who: str, tries: int) -> int:
        return sum(not self.limit.take(who).wait_s for _ in range(tries))

    async def offered(self, who: str, per_second: int, seconds: float) -> int:
        """How many of so many are let in, spread evenly."""
        began, asked, allowed = time.monotonic(), 0, 0
        while (passed := time.monotonic() - began) < seconds:
            due = int(passed * per_second) - asked
            allowed, asked = allowed + self.allows(who, due), asked + due
            await asyncio.sleep(0.002)
        return allowed


@asynccontextmanager
async def in_memory(count: int) -> AsyncGenerator[list[Gateway]]:
    """They hear each other, and tell when they are asked to."""
    broker = MemoryBroker()
    gateways = [Gateway(broker.connect(f"gateway {number}"), SLOW) for number in range(count)]
    for gateway in gateways:
        await gateway.gossip.notices.hear(spent, gateway.gossip.heed)
    yield gateways


async def everyone_tells(gateways: list[Gateway]) -> None:
    for gateway in gateways:
        await gateway.gossip.tell()
    for gateway in gateways:
        await gateway.bus.flush(within=1)
