"""The two kinds of bus under one set of handles, and what a test does with them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from time import monotonic
from typing import Protocol

from flowkit.bus import Bus, BusError, Message, Subscription, header_block
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.testing.memory_bus import MemoryBroker, MemoryBus
from flowkit.testing.proxy import Proxy


class AnyBus(Bus, Protocol):
    @property
    def awaiting(self) -> int: ...


class Wire(Protocol):
    """A server, and clients of it that can each be cut off and brought back."""

    async def connect(self) -> AnyBus: ...
    async def cut(self, bus: AnyBus) -> None: ...
    async def restore(self, bus: AnyBus) -> None: ...
    async def say(self, subject: str, code: str, description: str) -> None:
        """What only a server can."""
        ...


class NatsWire:
    def __init__(self, server_port: int, stack: AsyncExitStack) -> None:
        self._server_port = server_port
        self._stack = stack
        self._proxies: dict[int, Proxy] = {}

    async def connect(self) -> NatsBus:
        proxy = await self._stack.enter_async_context(Proxy.open(self._server_port))
        bus = NatsBus(NatsOptions(proxy.url, name="conformance"))
        self._stack.push_async_callback(bus.close)
        self._proxies[id(bus)] = proxy
        await bus.flush(within=5)
        return bus

    async def cut(self, bus: AnyBus) -> None:
        self._proxies[id(bus)].cut()
        await until(lambda: not bus.is_connected)

    async def restore(self, bus: AnyBus) -> None:
        self._proxies[id(bus)].restore()
        await until(lambda: bus.is_connected)

    async def say(self, subject: str, code: str, description: str) -> None:
        block = f"NATS/1.0 {code} {description}\r\n\r\n"
        _, writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        writer.write(b'CONNECT {"headers": true, "verbose": false}\r\n')
        writer.write(f"HPUB {subject} {len(block)} {len(block)}\r\n{block}\r\n".encode())
        await writer.drain()
        writer.close()


class MemoryWire:
    def __init__(self) -> None:
        self._broker = MemoryBroker()
        self._buses: dict[int, MemoryBus] = {}

    async def connect(self) -> MemoryBus:
        bus = self._broker.connect()
        self._buses[id(bus)] = bus
        return bus

    async def cut(self, bus: AnyBus) -> None:
        self._buses[id(bus)].cut()

    async def restore(self, bus: AnyBus) -> None:
        self._buses[id(bus)].restore()

    async def say(self, subject: str, code: str, description: str) -> None:
        headers = {header_block.STATUS: code, header_block.DESCRIPTION: description}
        self._broker.carry(Message(subject, b"", headers=headers))


async def until(holds: Callable[[], bool], within: float = 30.0) -> float:
    """How long it took."""
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(within):
        while not holds():
            await asyncio.sleep(0.005)
    return asyncio.get_running_loop().time() - began


async def collect(bus: Bus, subject: str, queue: str = "") -> tuple[list[Message], Subscription]:
    """What arrives there from now on."""
    taken: list[Message] = []
    subscription = await bus.subscribe(subject, taken.append, queue=queue)
    await bus.flush(within=5)
    return taken, subscription


class Responder:
    """Answers each request in a task of its own, as a service does."""

    def __init__(self, bus: Bus, *replies: bytes, after: float = 0) -> None:
        self._bus = bus
        self._replies = replies
        self._after = after
        self._tasks: set[asyncio.Task[None]] = set()
        self.asked: list[Message] = []

    @classmethod
    async def on(cls, bus: Bus, subject: str, *replies: bytes, after: float = 0) -> "Responder":
        responder = cls(bus, *replies, after=after)
        await bus.subscribe(subject, responder.take)
        await bus.flush(within=5)
        return responder

    def take(self, message: Message) -> None:
        self.asked.append(message)
        task = asyncio.create_task(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: Message) -> None:
        for reply in self._replies or (message.data,):
            await asyncio.sleep(self._after)
            await self._bus.publish(message.reply, reply, headers={"who": "responder"})


USUAL: Mapping[str, float] = {}
HASTY = {"watch_every": 0.1, "watch_timeout": 0.2}
UNWATCHED = {"watch_every": 60.0}
"""Nobody asks whether the server is still there, so what is noticed was told at once."""


@asynccontextmanager
async def connected(url: str, *, wait: bool = True, watch: Mapping[str, float] = USUAL) -> AsyncGenerator[NatsBus]:
    bus = NatsBus(replace(NatsOptions(url, name="test"), **watch))
    try:
        if wait:
            await bus.flush(within=20)
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def two(url: str, *, watch: Mapping[str, float] = USUAL) -> AsyncGenerator[tuple[NatsBus, NatsBus]]:
    async with connected(url, watch=watch) as bus, connected(url, watch=watch) as peer:
        yield bus, peer


async def seconds(doing: Awaitable[object]) -> float:
    began = monotonic()
    with suppress(BusError):
        await doing
    return monotonic() - began
