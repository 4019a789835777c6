"""A user of the bus in NATS's bare protocol, which no client library softens: each word is answered yes or no."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

WITHIN_S = 20.0


class Refused(Exception):
    """The server does not let this user in; the message is its own."""


@dataclass(slots=True)
class Wire:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    _sids: int = 0

    async def may_publish(self, subject: str, *, reply: str = "", data: bytes = b"{}") -> bool:
        return await self._asked(f"PUB {subject} {reply} {len(data)}\r\n".encode() + data)

    async def may_subscribe(self, subject: str, queue: str = "") -> bool:
        self._sids += 1
        allowed = await self._asked(f"SUB {subject} {queue} {self._sids}".encode())
        if allowed:
            await self._asked(f"UNSUB {self._sids}".encode())
        return allowed

    async def listen(self, subject: str) -> None:
        self._sids += 1
        assert await self._asked(f"SUB {subject} {self._sids}".encode()), subject

    async def round_trip(self) -> None:
        """Everything the server had for us by then is heard."""
        self.writer.write(b"PING\r\n")
        while await self._line() != b"PONG":
            pass

    async def _asked(self, command: bytes) -> bool:
        self.writer.write(command + b"\r\n")
        while True:
            line = await self._line()
            if line == b"+OK":
                return True
            if line.startswith(b"-ERR"):
                assert b"Permissions Violation" in line, line
                return False

    async def _line(self) -> bytes:
        async with asyncio.timeout(WITHIN_S):
            line = (await self.reader.readline()).rstrip()
            if line == b"PING":
                self.writer.write(b"PONG\r\n")
            elif line.startswith((b"MSG ", b"HMSG ")):
                words = line.decode().split()
                data = await self.reader.readexactly(int(words[-1]) + 2)
                after_headers = int(words[-2]) if line.startswith(b"HMSG") else 0
                self.heard.append((words[1], data[after_headers:].rstrip(b"\r\n")))
        return line


@asynccontextmanager
async def wired(url: str) -> AsyncGenerator[Wire]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        await reader.readline()
        told = {"verbose": True, "headers": True, "user": parts.username, "pass": parts.password}
        writer.write(f"CONNECT {json.dumps(told)}\r\n".encode())
        if (line := await reader.readline()).startswith(b"-ERR"):
            raise Refused(line.decode().strip())
        yield Wire(reader, writer)
    finally:
        writer.close()
