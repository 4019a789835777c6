"""Requests byte by byte, for what no decent client would send."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class RawAnswer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def envelope(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Wire:
    """One connection, written to and read from by hand."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, within: float = 20.0) -> RawAnswer:
        async with asyncio.timeout(within):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return RawAnswer(int(head[0].split()[1]), headers, body)

    async def closed(self, within: float = 20.0) -> bool:
        async with asyncio.timeout(within):
            return await self.reader.read() == b""


@asynccontextmanager
async def a_wire(url: str) -> AsyncGenerator[Wire]:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


async def sent(url: str, data: bytes) -> RawAnswer:
    async with a_wire(url) as wire:
        await wire.send(data)
        return await wire.answer()


def get(path: str, *headers: bytes) -> bytes:
    return b"\r\n".join((f"GET {path} HTTP/1.1".encode(), b"Host: x", *headers, b"", b""))


def post(path: str, body: bytes, *headers: bytes) -> bytes:
    head = (f"POST {path} HTTP/1.1".encode(), b"Host: x", b"Content-Length: %d" % len(body))
    return b"\r\n".join((*head, *(headers or (b"Content-Type: application/json",)), b"", body))
