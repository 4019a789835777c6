"""The first connection: made on first use, shared, awaited no longer than a request may take."""

import asyncio
import contextvars
from time import monotonic
from typing import override

import pytest
from flowkit.bus import Disconnected
from flowkit.bus.nats import LogObserver, NatsBus, NatsOptions
from flowkit.servers import NatsServer, free_port
from flowkit.testing.proxy import Proxy

from .wires import Responder, connected, seconds, until


async def test_first_users_share_one_attempt(steady_server: NatsServer) -> None:
    async with Proxy.open(steady_server.port) as proxy, connected(proxy.url, wait=False) as bus:
        await bus.subscribe("echo", lambda message: None)

        await asyncio.gather(*(bus.publish("echo", b"") for _ in range(50)), bus.start(), bus.flush(within=5))

        assert proxy.accepted == 1


async def test_a_server_that_starts_later_is_joined(server: NatsServer) -> None:
    await server.stop()
    async with connected(server.url, wait=False) as bus:
        responder = Responder(bus)
        await bus.subscribe("echo", responder.take)
        asking = asyncio.create_task(bus.request("echo", b"patient", within=30))
        await asyncio.sleep(1)
        assert not bus.is_connected

        await server.start()

        assert (await asking).data == b"patient"
        assert bus.reconnects == 0


async def test_a_first_connection_is_awaited_no_longer_than_the_request_may_take() -> None:
    async with connected(f"nats://127.0.0.1:{free_port()}", wait=False) as bus:
        began = monotonic()
        with pytest.raises(Disconnected):
            await bus.request("echo", b"", within=0.3)
        assert 0.29 < monotonic() - began < 1.5


async def test_an_absent_server_is_tried_again_soon_and_ever_less_often() -> None:
    observer = _Counting()
    bus = NatsBus(NatsOptions(f"nats://127.0.0.1:{free_port()}", slowest_retry=60), observer)
    await bus.start()
    await asyncio.sleep(1)
    often = observer.failures
    await until(lambda: observer.failures >= 4)
    await bus.close()

    assert often <= 8


async def test_of_several_servers_any_that_is_there_is_joined(steady_server: NatsServer) -> None:
    url = f"nats://127.0.0.1:{free_port()}, {steady_server.url}"
    async with connected(url) as bus:
        assert bus.is_connected


async def test_messages_carry_no_context_of_whoever_came_first(steady_server: NatsServer) -> None:
    trace = contextvars.ContextVar("trace", default="none")
    seen: list[str] = []
    async with connected(steady_server.url, wait=False) as bus:
        trace.set("the first request's")
        await bus.subscribe("context", lambda _: seen.append(trace.get()))
        await bus.flush(within=5)

        await bus.publish("context", b"")

        await until(lambda: len(seen) == 1)
        assert seen == ["none"]


async def test_a_bus_is_closed_before_it_was_ever_used() -> None:
    bus = NatsBus(NatsOptions())
    await bus.close()
    with pytest.raises(Disconnected):
        await bus.start()


async def test_closing_ends_who_waits_for_the_first_connection() -> None:
    bus = NatsBus(NatsOptions(f"nats://127.0.0.1:{free_port()}"))
    waiting = asyncio.create_task(bus.request("echo", b"", within=30))
    await asyncio.sleep(0.1)

    assert await seconds(bus.close()) < 5

    with pytest.raises(Disconnected):
        await asyncio.wait_for(waiting, 5)


class _Counting(LogObserver):
    failures = 0

    @override
    def connect_failed(self, server: str, reason: str) -> None:
        self.failures += 1
