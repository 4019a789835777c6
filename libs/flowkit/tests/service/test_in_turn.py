"""Two services on a real server that call each other in turn, each with room for one flow at a time."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from flowkit.bus.nats import NatsBus
from flowkit.call import Call
from flowkit.client import Client
from flowkit.contract import Query
from flowkit.service import Limits, Service, serve

from .stage import REQUEST, TRACING, Greeted, Greeting, bare_client, connected, served

there = Query("test.there", Greeting, Greeted)
back = Query("test.back", Greeting, Greeted)
home = Query("test.home", Greeting, Greeted)


@dataclass(frozen=True, slots=True)
class CallOn:
    client: Client
    next: Query[Greeting, Greeted]

    async def run(self, request: Greeting, _: Call) -> Greeted:
        return await self.client.call(self.next, request)


@dataclass(frozen=True, slots=True)
class Greet:
    async def run(self, request: Greeting, _: Call) -> Greeted:
        await asyncio.sleep(0.001)
        return Greeted(text=f"Hello {request.name}")


def a(bus: NatsBus) -> Service:
    return Service("a", [serve(there, CallOn(Client(bus, "a", TRACING), back)), serve(home, Greet())])


def b(bus: NatsBus) -> Service:
    return Service("b", [serve(back, CallOn(Client(bus, "b", TRACING), home))])


@pytest.mark.parametrize("at_once", [1, 100])
async def test_a_calls_b_calls_a_does_not_deadlock_with_one_flow_at_a_time(nats_url: str, at_once: int) -> None:
    async with AsyncExitStack() as stack:
        asker = await bare_client(nats_url)
        stack.push_async_callback(asker.close)
        one = Limits(concurrency=1, waiting=200)
        runtimes = [
            await stack.enter_async_context(served(bus, made(bus), one))
            for made in (a, b)
            for bus in [await stack.enter_async_context(connected(nats_url))]
        ]

        replies = await asyncio.gather(*(asker.request("test.there", REQUEST, timeout=20) for _ in range(at_once)))

        assert all(b"Hello Ada" in reply.data for reply in replies)
    for runtime in runtimes:
        assert (runtime.gate.running, runtime.gate.waiting, runtime.gate.aside) == (0, 0, 0)
