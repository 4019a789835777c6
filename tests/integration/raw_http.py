"""HTTP as bytes over a socket of one's own, for what no client would send."""

import asyncio
import contextlib
from dataclasses import dataclass
from urllib.parse import urlsplit

ANSWERED_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """The first answer; status 0 where the server closed the connection without one."""

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def all(self, name: str) -> list[str]:
        return [value for given, value in self.headers if given == name]


async def send(url: str, data: bytes, patience_s: float = ANSWERED_WITHIN_S) -> RawAnswer:
    """Send these bytes, read one answer if one comes in that time, and hang up."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    answer = asyncio.create_task(_read(reader))
    try:
        # A server may refuse early and close while we still write.
        with contextlib.suppress(OSError):
            writer.write(data)
            await writer.drain()
        await asyncio.wait([answer], timeout=patience_s)
        return answer.result() if answer.done() else RawAnswer()
    finally:
        answer.cancel()
        writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> RawAnswer:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return RawAnswer()
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = tuple(_header(line) for line in lines if line)
    return RawAnswer(int(first.split()[1]), headers, await _body(reader, dict(headers)))


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    try:
        return await reader.readexactly(int(headers.get("content-length", "0")))
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
