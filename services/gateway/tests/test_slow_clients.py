"""Clients that are slow at something: they are cut off, all others are not, and what they hold is bounded."""

import asyncio
import re
import socket
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from itertools import chain, repeat
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
import pytest_asyncio
from flowkit.servers import NatsServer

from .process import Gateway, a_gateway, answering
from .raw import Wire, a_wire, get, post

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells what a connection has exchanged")

# Cut off after 1 s and the budget of 0.5 s, or after 2 s of not reading; looked at four times a second.
HASTY = {"SLOW_CLIENT_S": "1", "REQUEST_TIMEOUT_MS": "500", "DRAIN_GRACE_MS": "0"}
# Unless configured it would be 15 or 20 s.
SOON_S = 7.0
MIB = 2**20
DEAF = 100
# The gateway's own, to NATS.
OTHERS = 1


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(nats_server: NatsServer) -> AsyncGenerator[Gateway]:
    async with a_gateway(nats_server.url, **HASTY) as gateway:
        await answering(f"{gateway.ops_url}/health/ready")
        yield gateway


async def trickled(wire: Wire, data: bytes, every: float) -> float:
    """Byte by byte; how long the gateway bore with it."""
    began = time.monotonic()
    for byte in chain(data, repeat(ord("a"))):
        try:
            await wire.send(bytes([byte]))
            async with asyncio.timeout(every):
                if not await wire.reader.read(1):
                    break
        except TimeoutError:
            continue
        except ConnectionError:
            break
    return time.monotonic() - began


async def the_bundle(gateway: Gateway) -> str:
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        found = re.search(r'src="(\S+bundle\.js)"', (await http.get("/api/docs")).text)
    assert found is not None
    return found[1]


async def test_a_head_that_comes_byte_by_byte_is_given_up_on(gateway: Gateway) -> None:
    async with a_wire(gateway.url) as wire, asyncio.timeout(20):
        assert 0.5 < await trickled(wire, b"GET /nowhere HTTP/1.1\r\nX: ", every=0.05) < SOON_S


async def test_so_is_a_second_one_on_a_connection_that_was_good(gateway: Gateway) -> None:
    async with a_wire(gateway.url) as wire, asyncio.timeout(20):
        await wire.send(get("/nowhere"))
        assert (await wire.answer()).status == 404
        assert 0.5 < await trickled(wire, b"GET /nowhere HTTP/1.1\r\nX: ", every=0.05) < SOON_S


async def test_so_is_a_head_that_stops_halfway(gateway: Gateway) -> None:
    async with a_wire(gateway.url) as wire:
        await wire.send(b"GET /nowhere HTTP/1.1\r\nHost:")
        assert await wire.closed(within=SOON_S)


async def test_a_body_that_does_not_arrive_within_the_budget_is_answered_so(nats_server: NatsServer) -> None:
    async with a_gateway(nats_server.url, **HASTY) as gateway, a_wire(gateway.url) as wire:
        # Until it has reached NATS it answers 503, without waiting for any body.
        await answering(f"{gateway.ops_url}/health/ready")
        began = time.monotonic()
        await wire.send(post("/api/v1/customer/login", b"{" + b" " * 500)[:-400])
        answer = await wire.answer()

        assert (answer.status, answer.headers["connection"]) == (400, "close")
        assert answer.envelope["detailed"] == [{"field": "", "message": "The body did not arrive in time"}]
        assert time.monotonic() - began < 3
        assert await wire.closed()


async def test_who_does_not_read_is_cut_off_and_holds_little_until_then(gateway: Gateway) -> None:
    bundle, process = await the_bundle(gateway), psutil.Process(gateway.process.pid)
    before = most = process.memory_info().rss
    async with AsyncExitStack() as stack:
        for _ in range(DEAF):
            await wire_that_hears_nothing(stack, gateway, get(bundle) * 20)
        until = time.monotonic() + SOON_S
        while connected(process) and time.monotonic() < until:
            await asyncio.sleep(0.1)
            most = max(most, process.memory_info().rss)

        assert connected(process) == 0
    assert most - before < DEAF * MIB / 2


async def test_who_reads_slowly_but_reads_has_all_of_it(gateway: Gateway) -> None:
    bundle = await the_bundle(gateway)
    async with AsyncExitStack() as stack:
        reader = await wire_that_hears_nothing(stack, gateway, get(bundle))
        heard = 0
        for _ in range(40):
            heard += len(await asyncio.get_running_loop().sock_recv(reader, 2048))
            await asyncio.sleep(0.1)
        while chunk := await asyncio.get_running_loop().sock_recv(reader, 65536):
            heard += len(chunk)
            if heard > 1_400_000:
                break

    assert heard > 1_400_000


async def test_an_idle_connection_is_kept_and_an_honest_one_that_is_slow_now_and_then(gateway: Gateway) -> None:
    async with a_wire(gateway.url) as wire:
        for _ in range(3):
            head = get("/nowhere")
            await wire.send(head[:10])
            await asyncio.sleep(0.6)
            await wire.send(head[10:])
            assert (await wire.answer()).status == 404
            await asyncio.sleep(2.2)


def connected(process: psutil.Process) -> int:
    return sum(each.status == psutil.CONN_ESTABLISHED for each in process.net_connections("tcp4")) - OTHERS


async def wire_that_hears_nothing(stack: AsyncExitStack, gateway: Gateway, data: bytes) -> socket.socket:
    place = urlsplit(gateway.url)
    opened = stack.enter_context(socket.socket())
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    opened.setblocking(False)
    await asyncio.get_running_loop().sock_connect(opened, (place.hostname, place.port))
    await asyncio.get_running_loop().sock_sendall(opened, data)
    return opened
