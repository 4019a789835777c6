"""Stands between a service and PostgreSQL, reads what the service says, and cuts it off at its COMMIT."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

_LENGTH = 4
_PROTOCOL_3 = (196608).to_bytes(4)
_COMMITTED = b"COMMIT\0"


class Moment(StrEnum):
    """When the connection is cut, and so what became of the transaction."""

    UNSENT = "before COMMIT is handed on"
    SENT = "once COMMIT is handed on"
    DONE = "once it is answered"


@dataclass(slots=True)
class Cutter:
    """`is_cut` is asked at each COMMIT of a transaction that ran a statement that begins with `statement`."""

    database_url: str
    statement: str
    moment: Moment = Moment.DONE
    is_cut: Callable[[], bool] = field(default=lambda: False)
    cuts: int = 0
    port: int = 0
    _relays: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator["Cutter"]:
        listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listener.close()
            for relay in self._relays:
                relay.cancel()
            await asyncio.gather(*self._relays, return_exceptions=True)

    @property
    def url(self) -> str:
        """The database's, through here."""
        parts = urlsplit(self.database_url)
        user = parts.netloc.rpartition("@")[0]
        return parts._replace(netloc=f"{user}@127.0.0.1:{self.port}").geturl()

    async def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._relays.add(task)
        task.add_done_callback(self._relays.discard)
        parts = urlsplit(self.database_url)
        answers, server = await asyncio.open_connection(parts.hostname, parts.port)
        wire = _Wire(self, reader, client, answers, server)
        with suppress(OSError, asyncio.IncompleteReadError):
            await wire.relay()


@dataclass(slots=True)
class _Wire:
    cutter: Cutter
    asked: asyncio.StreamReader
    client: asyncio.StreamWriter
    answers: asyncio.StreamReader
    server: asyncio.StreamWriter
    _is_deaf: bool = False
    """From here on no answer is handed back."""
    _committed: asyncio.Event = field(default_factory=asyncio.Event)
    _prepared: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    _running: list[bytes] = field(default_factory=list[bytes])

    async def relay(self) -> None:
        back = asyncio.create_task(self._hand_back())
        try:
            while not await self._greet():
                pass
            while await self._hand_on():
                pass
        finally:
            self.client.transport.abort()
            self.server.close()
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)

    async def _greet(self) -> bool:
        """Its first words have no letter before their length; what is asked about TLS is not yet the start."""
        length = await self.asked.readexactly(_LENGTH)
        body = await self.asked.readexactly(int.from_bytes(length) - _LENGTH)
        self.server.write(length + body)
        return body.startswith(_PROTOCOL_3)

    async def _hand_on(self) -> bool:
        head = await self.asked.readexactly(1 + _LENGTH)
        body = await self.asked.readexactly(int.from_bytes(head[1:]) - _LENGTH)
        self._note(head[:1], body)
        if head[:1] == b"Q" and body.startswith(b"COMMIT") and self._is_wanted() and self.cutter.is_cut():
            await self._cut(head + body)
            return False
        self.server.write(head + body)
        await self.server.drain()
        return True

    def _note(self, kind: bytes, body: bytes) -> None:
        if kind == b"P":
            name, query = body.split(b"\0")[:2]
            self._prepared[name] = query
        elif kind == b"B":
            self._running.append(self._prepared[body.split(b"\0")[1]])
        elif kind == b"Q" and body.startswith(b"BEGIN"):
            self._running.clear()

    def _is_wanted(self) -> bool:
        return any(query.startswith(self.cutter.statement.encode()) for query in self._running)

    async def _cut(self, commit: bytes) -> None:
        self.cutter.cuts += 1
        self._is_deaf = True
        if self.cutter.moment is Moment.UNSENT:
            return
        self.server.write(commit)
        await self.server.drain()
        if self.cutter.moment is Moment.DONE:
            await self._committed.wait()

    async def _hand_back(self) -> None:
        with suppress(OSError):
            while piece := await self.answers.read(65536):
                if not self._is_deaf:
                    self.client.write(piece)
                elif _COMMITTED in piece:
                    self._committed.set()
        self.client.transport.abort()
