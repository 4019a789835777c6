"""The load client is honest: what it retries, what it counts as failed."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from .balancer import Balancer, Gateway
from .load import Client, Tally
from .wire import Request

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{}"
UNWELL = b'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 35\r\n\r\n{"errorCode":"SERVICE_UNAVAILABLE"}'
FRESH: list[list[bytes]] = [[]]
GET, POST = Request("GET", "/"), Request("POST", "/", b"{}")


@asynccontextmanager
async def a_client(*connections: Sequence[bytes]) -> AsyncGenerator[Client]:
    """Of a server that gives each connection these answers, then takes one more request and closes."""
    scripts = iter(connections)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (*next(scripts, ()), b""):
            head = await reader.readuntil(b"\r\n\r\n")
            if b"Content-Length: 2" in head:
                await reader.readexactly(2)
            writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = Client(Balancer([Gateway(f"http://127.0.0.1:{port}", str)]), Tally(), hung_after=3)
        yield client
        client.hang_up()


async def statuses(client: Client, *requests: Request) -> list[int]:
    return [(await client.request(request)).status for request in requests]


async def test_one_connection_carries_many_requests() -> None:
    async with a_client([FINE, CHUNKED, FINE]) as client:
        assert await statuses(client, GET, POST, GET) == [200, 200, 200]
        assert client.tally.opened == 1


async def test_connection_close_is_honoured() -> None:
    async with a_client([FINE, LAST], [FINE]) as client:
        assert await statuses(client, GET, GET, GET) == [200, 200, 200]
        assert (client.tally.opened, client.tally.retried_on_idle_close) == (2, 0)


async def test_a_reused_connection_found_closed_is_retried_once_and_counted() -> None:
    async with a_client([FINE], [FINE]) as client:
        assert await statuses(client, GET, GET) == [200, 200]
        assert client.tally.retried_on_idle_close == 1


@pytest.mark.parametrize(
    ("script", "requests"),
    [
        (FRESH, (GET,)),  # a fresh connection is no idle one
        ([[FINE], []], (GET, GET)),  # once is not twice
        ([[FINE], [FINE]], (POST, POST)),  # a POST may have had its effect
        ([[HALF]], (GET,)),  # half an answer
    ],
)
async def test_no_other_end_of_a_connection_is_forgiven(
    script: list[list[bytes]], requests: tuple[Request, ...]
) -> None:
    async with a_client(*script) as client:
        assert (await statuses(client, *requests))[-1] == 0
        assert len(client.tally.failed) == 1


async def test_an_error_answer_is_a_failure_with_its_code() -> None:
    async with a_client([UNWELL]) as client:
        outcome = await client.request(GET)

    assert (outcome.status, outcome.error_code, outcome.succeeded) == (503, "SERVICE_UNAVAILABLE", False)


async def test_a_gateway_that_refuses_is_passed_over(unused_tcp_port_factory: Callable[[], int]) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(LAST)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        ports = (unused_tcp_port_factory(), server.sockets[0].getsockname()[1])
        balancer = Balancer([Gateway(f"http://127.0.0.1:{port}", str) for port in ports])
        assert await statuses(Client(balancer, Tally()), GET, GET) == [200, 200]
        assert balancer.refused > 0
