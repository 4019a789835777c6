"""Together gateways allow what one would: over a real nats-server, by the clock."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.servers import NatsServer
from gateway_service.rate_limits.gossip import EVERY_S

from .gossiping import ADA, RATE, Gateway

# What a notice takes at most beside the 100 ms it waits to be told, on a machine that has other work.
LATE_S = 0.5
HEARD_WITHIN_S = 10.0


@asynccontextmanager
async def over_nats(server: NatsServer, count: int) -> AsyncGenerator[list[Gateway]]:
    async with AsyncExitStack() as stack:
        gateways: list[Gateway] = []
        for number in range(count):
            bus = NatsBus(NatsOptions(server.url, name=f"gateway {number}"))
            stack.push_async_callback(bus.close)
            gateways.append(Gateway(bus))
            await stack.enter_async_context(gateways[-1].gossip.going_on())
            await bus.flush(within=5)
        await asyncio.sleep(EVERY_S)
        yield gateways


@pytest.mark.parametrize("count", [1, 2, 4])
async def test_together_they_allow_what_one_does(nats_server: NatsServer, count: int) -> None:
    """Each is offered four times the rate; beyond it they allow what was unknown for a moment, as in the decision."""
    seconds = 4.0
    async with over_nats(nats_server, count) as gateways:
        allowed = await asyncio.gather(*(gateway.offered(ADA, 400, seconds) for gateway in gateways))

    of_one = RATE.burst + seconds / RATE.interval_s
    unknown = (count - 1) * (1 + (EVERY_S + LATE_S) / RATE.interval_s)
    assert 0.9 * of_one <= sum(allowed) <= of_one + unknown + 2
    assert min(allowed) > 0.25 * sum(allowed) / count


@pytest.mark.parametrize("count", [2, 4])
async def test_whoever_asks_one_gateway_alone_has_all_of_their_limit_there(nats_server: NatsServer, count: int) -> None:
    async with over_nats(nats_server, count) as gateways:
        began = time.monotonic()
        allowed = await gateways[0].offered(ADA, 400, 2.0)
        passed = time.monotonic() - began

    # A half or a quarter of it would be no more than 150.
    assert 0.8 * 300 <= allowed <= RATE.burst + passed / RATE.interval_s + 2


async def test_a_burst_at_all_gateways_at_one_instant_is_owed_afterwards(nats_server: NatsServer) -> None:
    async with over_nats(nats_server, 4) as gateways:
        began = time.monotonic()
        at_once = sum(gateway.allows(ADA, 1000) for gateway in gateways)
        assert at_once >= 400
        async with asyncio.timeout(HEARD_WITHIN_S):
            while not all(is_owed(gateway, at_once, began) for gateway in gateways):
                await asyncio.sleep(EVERY_S)


def is_owed(gateway: Gateway, at_once: int, began: float) -> bool:
    """To ask in vain costs nothing, so it is asked until it has heard of all the others."""
    owed = (at_once - RATE.burst) * RATE.interval_s - (time.monotonic() - began)
    return owed > 0 and abs(gateway.limit.take(ADA).wait_s - owed) < 0.1
