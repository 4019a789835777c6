"""A server that is killed or frozen: told at once, never kept for later, well again soon."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from time import monotonic

import pytest
from flowkit.bus import BusError, Disconnected, PayloadTooLarge, ReplyLate
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.servers import NatsServer
from flowkit.testing.proxy import Proxy

from .wires import HASTY, UNWATCHED, Responder, collect, connected, seconds, two, until


async def test_a_killed_server_is_told_at_once_and_its_return_heals_all(server: NatsServer) -> None:
    async with two(server.url, watch=UNWATCHED) as (bus, peer):
        await Responder.on(peer, "echo")

        server.kill()
        await until(lambda: not bus.is_connected)
        assert await seconds(bus.request("echo", b"", within=20)) < 5
        await asyncio.sleep(0.5)
        await server.start()

        await until(lambda: bus.is_connected and peer.is_connected)
        assert (await bus.request("echo", b"well", within=20)).data == b"well"
        assert bus.reconnects == 1


async def test_a_frozen_server_is_noticed_and_all_is_well_soon_after_it_thaws(server: NatsServer) -> None:
    async with two(server.url) as (bus, peer):
        await Responder.on(peer, "echo")

        server.freeze()
        try:
            assert await until(lambda: not bus.is_connected) > 1
            assert await seconds(bus.request("echo", b"", within=20)) < 5
            await asyncio.sleep(3)
        finally:
            server.thaw()

        await until(lambda: bus.is_connected and peer.is_connected, within=10)
        assert (await bus.request("echo", b"well", within=20)).data == b"well"


async def test_a_request_does_not_outlive_its_time_on_a_frozen_server(server: NatsServer) -> None:
    async with connected(server.url, watch=UNWATCHED) as bus:
        server.freeze()
        try:
            with pytest.raises(ReplyLate):
                await bus.request("echo", b"", within=0.3)
            assert await seconds(bus.flush(within=0.3)) < 5
        finally:
            server.thaw()
        await bus.flush(within=5)
        assert bus.reconnects == 0


async def test_a_server_that_takes_nothing_holds_nobody_past_their_time(server: NatsServer) -> None:
    async with connected(server.url) as bus:
        server.freeze()
        try:
            large = bytes(bus.max_payload // 2)
            asking = [took_and_raised(bus.request("echo", large, within=0.5)) for _ in range(40)]
            publishing = [took_and_raised(bus.publish("news", large)) for _ in range(40)]
            asked, published = await asyncio.gather(*asking), await asyncio.gather(*publishing)
        finally:
            server.thaw()
    assert max(took for took, _ in asked) < 1.5
    assert max(took for took, _ in published) < 10
    # Told that nothing was sent, rather than kept in memory for later.
    assert [error for _, error in asked].count(Disconnected) > 30
    assert [error for _, error in published].count(Disconnected) > 30


async def test_a_server_whose_answer_waits_behind_a_flood_is_not_left_at_once(steady_server: NatsServer) -> None:
    async with (
        Proxy.open(steady_server.port) as proxy,
        connected(proxy.url, watch=HASTY) as bus,
        connected(steady_server.url) as peer,
        asyncio.TaskGroup() as tasks,
    ):
        await collect(bus, "news")
        flood = tasks.create_task(publish_for_ever(peer, "news"))
        proxy.hold()  # no ping arrives, so no answer comes

        await asyncio.sleep(1.5)
        assert bus.is_connected
        await until(lambda: not bus.is_connected)

        flood.cancel()


async def test_what_a_lost_connection_held_back_is_never_sent(steady_server: NatsServer) -> None:
    async with Proxy.open(steady_server.port) as proxy, connected(proxy.url) as bus:
        proxy.hold()
        large, sent = bytes(bus.max_payload // 2), 0
        with suppress(Disconnected):
            while True:
                await bus.publish("news", large)
                sent += len(large)
        await until(lambda: not bus.is_connected)

        proxy.release()
        await until(lambda: bus.is_connected)
        await bus.flush(within=5)

        assert sent > 0
        assert proxy.passed_on < sent - len(large) // 2


async def test_closing_is_quick_with_a_frozen_server(server: NatsServer) -> None:
    bus = NatsBus(NatsOptions(server.url, watch_every=60))
    await collect(bus, "news")
    server.freeze()
    try:
        await bus.publish("news", bytes(bus.max_payload))
        assert await seconds(bus.close()) < 10
        with pytest.raises(Disconnected):
            await bus.publish("news", b"")
    finally:
        server.thaw()


async def test_a_thousand_failed_requests_leave_nothing_behind(server: NatsServer) -> None:
    async with connected(server.url) as bus:
        for _ in range(100):
            with pytest.raises(PayloadTooLarge):
                await bus.request("echo", bytes(bus.max_payload + 1), within=1)
        server.kill()
        await until(lambda: not bus.is_connected)
        for _ in range(1000):
            with pytest.raises(Disconnected):
                await bus.request("echo", b"", within=1)
        assert bus.awaiting == 0


async def test_of_requests_sent_around_a_kill_none_is_carried_out_late(server: NatsServer) -> None:
    async with two(server.url) as (bus, peer):
        started, _ = await collect(peer, "work")
        ended: list[int] = []

        async def ask(number: int) -> None:
            await asyncio.sleep(number / 1000)
            with suppress(BusError):
                await bus.request("work", str(number).encode(), within=0.2)
            ended.append(number)

        async with asyncio.TaskGroup() as asking:
            for number in range(500):
                asking.create_task(ask(number))
            await until(lambda: len(started) > 100)
            server.kill()
        await until(lambda: not bus.is_connected and not peer.is_connected)
        assert len(ended) == 500
        in_time = len(started)

        await server.start()
        await until(lambda: bus.is_connected and peer.is_connected)
        await bus.flush(within=20)
        await peer.flush(within=20)
        await asyncio.sleep(0.3)

        assert [message.data for message in started[in_time:]] == []


async def publish_for_ever(bus: NatsBus, subject: str) -> None:
    while True:
        await bus.publish(subject, b"")
        await asyncio.sleep(0.02)


async def took_and_raised(doing: Awaitable[object]) -> tuple[float, type[BusError] | None]:
    began = monotonic()
    try:
        await doing
    except BusError as error:
        return monotonic() - began, type(error)
    return monotonic() - began, None
