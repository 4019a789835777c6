"""Stands between a client and its server, or two servers: cuts them off, lets them back, says what no server would."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress


class Proxy:
    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._is_cut = False
        self._clients: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._flows_back = asyncio.Event()
        self._flows_back.set()
        self.port = 0
        self.accepted = 0
        self.passed_on = 0
        self.pieces = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, server_port: int) -> AsyncGenerator["Proxy"]:
        proxy = cls(server_port)
        listener = await asyncio.start_server(proxy._accept, "127.0.0.1", 0)
        proxy.port = listener.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            listener.close()
            proxy.release()
            proxy.cut()
            await asyncio.gather(*proxy._relays, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def cut(self) -> None:
        self._is_cut = True
        for client in self._clients:
            client.transport.abort()

    def restore(self) -> None:
        self._is_cut = False

    def hold(self) -> None:
        """Take nothing more from any client, as a frozen server would."""
        self._flows.clear()

    def part(self) -> None:
        """Let no byte through either way, as a network come apart; new connections are taken, and hear nothing."""
        self._flows.clear()
        self._flows_back.clear()

    def release(self) -> None:
        self._flows.set()
        self._flows_back.set()

    def say(self, what: bytes) -> None:
        """To every client, as if its server had said it."""
        for client in self._clients:
            client.write(what)

    async def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self._is_cut:
            client.transport.abort()
            return
        if task := asyncio.current_task():
            self._relays.add(task)
        self._clients.add(client)
        try:
            with suppress(OSError):
                await self._relay(reader, client)
        finally:
            self._clients.discard(client)
            client.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        from_server, server = await asyncio.open_connection("127.0.0.1", self._server_port)
        back = asyncio.create_task(self._copy(from_server, client, self._flows_back))
        try:
            await self._copy(reader, server, self._flows, self._count)
        finally:
            server.transport.abort()
            await back

    def _count(self, chunk: bytes) -> None:
        self.passed_on += len(chunk)
        self.pieces += 1

    async def _copy(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        flows: asyncio.Event,
        passing: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                await flows.wait()
                passing(chunk)
                writer.write(chunk)
                await writer.drain()
        writer.transport.abort()
