"""A collector of telemetry for tests: OTLP over HTTP, and the ways in which a collector can be gone."""

import asyncio
import contextlib
import gzip
import json
import socket
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Self

from flowkit.servers import free_port

from .spans import SentLine, Span, decoded, decoded_lines

WITHIN_S = 30.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"


class Mood(Enum):
    TAKING = "takes what comes"
    REFUSING = "refuses connections"
    BLACK_HOLE = "accepts, reads, never answers"
    FROZEN = "is frozen: the kernel accepts, nobody reads"


class NeverCame(AssertionError):
    """Spans that had to arrive did not."""


@dataclass(slots=True)
class Receiver:
    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    spans: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    lines: list[SentLine] = field(default_factory=list[SentLine])
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _mood: Mood = Mood.REFUSING
    _server: asyncio.Server | None = None
    _deaf: socket.socket | None = None
    _connections: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        await self.become(Mood.TAKING)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.become(Mood.REFUSING)

    async def become(self, mood: Mood) -> None:
        """From now on; whoever was connected has to connect anew."""
        await self._leave()
        self._mood = mood
        if mood in (Mood.TAKING, Mood.BLACK_HOLE):
            self._server = await asyncio.start_server(self._serve, self.host, self.port)
        elif mood is Mood.FROZEN:
            self._deaf = socket.create_server((self.host, self.port), backlog=128)

    async def trace(self, trace_id: str, size: int) -> list[Span]:
        """The spans of a trace, once that many are here."""
        try:
            await self._until(lambda: len(self.spans[trace_id]) >= size)
        except TimeoutError:
            seen = [str(span) for span in self.spans[trace_id]]
            raise NeverCame(f"of {size} spans of trace {trace_id} there are {seen}") from None
        return self.spans[trace_id]

    async def trace_with(self, trace_id: str, name: str) -> list[Span]:
        """The spans of a trace, once one of that name is here: however often its calls were tried, the root is last."""
        try:
            await self._until(lambda: name in (span.name for span in self.spans[trace_id]))
        except TimeoutError:
            raise NeverCame(f"no span {name!r} of trace {trace_id}") from None
        return self.spans[trace_id]

    async def traces_with(self, line: str) -> list[list[Span]]:
        """Every trace that has such a span, once there is one of more spans than that."""

        def found() -> list[list[Span]]:
            return [spans for spans in self.spans.values() if line in map(str, spans)]

        await self._until(lambda: any(len(spans) > 1 for spans in found()))
        return found()

    async def log(self, event: str, trace_id: str, span_id: str) -> SentLine:
        """The log line of that event which belongs to that span, once it is here."""

        def found() -> list[SentLine]:
            mine = [line for line in self.lines if (line.trace_id, line.span_id) == (trace_id, span_id)]
            return [line for line in mine if json.loads(line.body)["event"] == event]

        await self._until(lambda: bool(found()))
        return found()[0]

    async def line(self, service: str, event: str, **fields: object) -> SentLine:
        """The first line of that service with that event and those fields, once it is here."""

        def found() -> list[SentLine]:
            told = [(line, json.loads(line.body)) for line in self.lines if line.resource["service.name"] == service]
            wanted = {"event": event, **fields}
            return [line for line, said in told if wanted.items() <= {k: said.get(k) for k in wanted}.items()]

        await self._until(lambda: bool(found()))
        return found()[0]

    async def more(self) -> None:
        """Returns when something has arrived."""
        self._news.clear()
        await self._news.wait()

    async def _until(self, claim: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not claim():
                await self.more()

    async def _leave(self) -> None:
        if self._server is not None:
            await _close(self._server)
        if self._deaf is not None:
            self._deaf.close()
        for connection in list(self._connections):
            connection.transport.abort()
        self._server = self._deaf = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            if self._server is None:  # accepted just before it was left
                return
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    await self._take(reader)
                    if self._mood is Mood.TAKING:
                        writer.write(ANSWER)
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _take(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        path, headers = head.split()[1], dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if self._mood is Mood.TAKING:
            self._keep(path, body)

    def _keep(self, path: str, body: bytes) -> None:
        if path == "/v1/logs":
            self.lines.extend(decoded_lines(body))
        else:
            for span in decoded(body):
                self.spans[span.trace_id].append(span)
        self._news.set()


async def _close(server: asyncio.Server) -> None:
    """Whoever was accepted a moment ago is given a transport first: asyncio gives none at a server that is closed, and
    leaves the connection unclosed."""
    for each in server.sockets:
        asyncio.get_running_loop().remove_reader(each)
    await asyncio.sleep(0)
    server.close()
