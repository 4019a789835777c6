"""How what is sent leaves: together where that costs nobody time, in order, and never without bound."""

import asyncio

from flowkit.servers import NatsServer
from flowkit.testing.proxy import Proxy

from .wires import UNWATCHED, collect, connected, until


async def test_what_is_sent_in_one_round_of_the_loop_leaves_in_one_piece(steady_server: NatsServer) -> None:
    async with Proxy.open(steady_server.port) as proxy, connected(proxy.url, watch=UNWATCHED) as bus:
        taken, _ = await collect(bus, "news")
        pieces = proxy.pieces

        await asyncio.gather(*(bus.publish("news", str(number).encode()) for number in range(100)))

        await until(lambda: len(taken) == 100)
        assert [int(message.data) for message in taken] == list(range(100))
        assert proxy.pieces - pieces == 1


async def test_who_sends_without_a_pause_lets_others_run_once_the_way_out_is_full(steady_server: NatsServer) -> None:
    async with Proxy.open(steady_server.port) as proxy, connected(proxy.url) as bus:
        others_ran = asyncio.Event()

        async def send() -> int:
            for number in range(1_000_000):
                await bus.publish("news", bytes(1024))
                if others_ran.is_set():
                    return number
            return 1_000_000

        sending = asyncio.create_task(send())
        asyncio.get_running_loop().call_later(0.01, others_ran.set)

        # Some megabytes fit between the two ends; a thousand must not be taken on credit.
        assert await sending < 50_000
