"""How a gateway leaves: nobody who was heard, or could still connect, goes without an answer."""

import asyncio
import socket
import sys
import time
from dataclasses import dataclass, field

import pytest
from contracts import admin
from flowkit.call import Call
from flowkit.process.ops import CannotListen
from gateway_service.server.http_server import ServerDied
from gateway_service.server.listener import Listener

from .raw import a_wire, get
from .world import ADMIN, World, bearer

LIST = get("/api/v1/admin/list", b"Authorization: " + bearer(ADMIN)["authorization"].encode())
NO_ADMINS = admin.AdminPage(items=(), total=0, page=1, limit=10)


@dataclass(slots=True)
class Held:
    """A flow that waits to be let go."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _: object, __: Call) -> admin.AdminPage:
        self.arrived.set()
        await self.open.wait()
        return NO_ADMINS


async def stop(world: World, grace: float = 0.0) -> float:
    began = time.monotonic()
    await world.server.drain(grace)
    await world.server.finish()
    return time.monotonic() - began


async def test_what_is_under_way_is_answered_and_the_line_closed(world: World) -> None:
    held = Held()
    world.answer(admin.get_list, held)
    async with a_wire(world.url) as wire:
        await wire.send(LIST)
        await held.arrived.wait()
        stopping = asyncio.create_task(stop(world))
        await asyncio.sleep(0.2)
        assert not stopping.done()
        held.open.set()

        answer = await wire.answer()

        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await wire.closed()
        assert await stopping < 3


async def test_for_a_while_answers_end_their_connections_and_newcomers_are_still_served(world: World) -> None:
    async with a_wire(world.url) as kept:
        await kept.send(get("/nowhere"))
        assert "connection" not in (await kept.answer()).headers
        stopping = asyncio.create_task(stop(world, grace=2))
        await asyncio.sleep(0.1)

        await kept.send(get("/nowhere"))
        assert (await kept.answer()).headers["connection"] == "close"
        async with a_wire(world.url) as late:
            await late.send(get("/nowhere"))
            assert (await late.answer()).headers["connection"] == "close"
        await stopping


async def test_a_line_that_is_idle_is_closed_and_the_port_is_free_again(world: World) -> None:
    async with a_wire(world.url) as idle:
        await idle.send(get("/nowhere"))
        await idle.answer()

        await stop(world)

        assert await idle.closed()
    with pytest.raises(ConnectionRefusedError):
        async with a_wire(world.url):
            pass
    Listener.open("127.0.0.1", world.port).close()


@pytest.mark.parametrize("part", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_a_request_that_never_becomes_whole_holds_nothing_up(world: World, part: bytes) -> None:
    async with a_wire(world.url) as wire:
        await wire.send(part)
        await asyncio.sleep(0.05)

        # Its client would have 15.
        assert await stop(world) < 5


@dataclass(slots=True)
class Visitors:
    """They connect, ask once and leave, over and over, until the port is closed."""

    port: int
    answered: int = 0
    lost: list[object] = field(default_factory=list[object])

    async def visit(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except ConnectionRefusedError:
                return
            await self._ask(reader, writer)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(get("/nowhere", b"Connection: close"))
            heard = await reader.read()
            self.answered += heard.startswith(b"HTTP/1.1 404")
            if not heard:
                self.lost.append("hung up on")
        except OSError as fault:
            self.lost.append(fault)
        finally:
            writer.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a socket cannot be told to take no newcomers")
async def test_whoever_can_connect_is_answered_to_the_last(world: World) -> None:
    visitors = Visitors(world.port)
    async with asyncio.timeout(30), asyncio.TaskGroup() as visits:
        for _ in range(16):
            visits.create_task(visitors.visit())
        while visitors.answered <= 100:
            await asyncio.sleep(0.01)
        await stop(world, grace=0.05)

    assert visitors.answered > 100
    assert not visitors.lost


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a socket cannot be told to take no newcomers")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_newcomers_are_not_heard_while_those_who_came_before_are(host: str) -> None:
    listener = Listener.open(host, 0)
    with socket.create_connection((host, listener.port)) as known, listener.socket.accept()[0] as accepted:
        listener.turn_newcomers_away()
        known.sendall(b"still here")

        assert accepted.recv(10) == b"still here"
        with pytest.raises(TimeoutError):
            socket.create_connection((host, listener.port), timeout=0.2)
    listener.close()


async def test_a_port_that_is_taken_is_a_clear_error(world: World) -> None:
    with pytest.raises(CannotListen, match=f"HOST and PORT: cannot listen at 127.0.0.1:{world.port}: another program"):
        Listener.open("127.0.0.1", world.port)


async def test_an_address_that_is_not_ours_is_a_clear_error() -> None:
    with pytest.raises(CannotListen, match=r"cannot listen at 192\.0\.2\.1:0"):
        Listener.open("192.0.2.1", 0)


async def test_a_server_that_dies_by_itself_is_noticed(world: World) -> None:
    world.server._granian.stop()  # pyright: ignore[reportPrivateUsage]  as nobody else ever would
    await world.server.finish()

    assert world.deaths == ["died"]
    with pytest.raises(ServerDied):
        await world.server.drain(0)
