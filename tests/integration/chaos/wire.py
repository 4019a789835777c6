"""One keep-alive HTTP/1.1 connection, and an honest account of how it ends."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Self

LARGEST_LINE = 64 * 1024


class Refused(Exception):
    """No connection could be made: nothing was sent."""


class ClosedUnanswered(Exception):
    """The connection ended before a single byte of the answer came."""


class BrokenOff(Exception):
    """The connection ended in the middle of an answer."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    body: bytes = b""
    token: str = ""
    mark: str = ""
    """What the test calls it; not sent."""

    @property
    def idempotent(self) -> bool:
        """RFC 9110 9.2.2."""
        return self.method in ("GET", "HEAD", "PUT", "DELETE")

    def encode(self) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: gateway"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        if self.body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "\r\n"]).encode() + self.body


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def keeps_alive(self) -> bool:
        return self.headers.get("connection", "").lower() != "close"

    @property
    def answer(self) -> Any:
        return json.loads(self.body)

    @property
    def error_code(self) -> str | None:
        return None if self.status < 400 else str(self.answer.get("errorCode"))


@dataclass(slots=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    answered: int = 0

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        try:
            return cls(*await asyncio.open_connection(host, port, limit=LARGEST_LINE))
        except OSError as fault:
            raise Refused(str(fault)) from fault

    @property
    def reused(self) -> bool:
        return self.answered > 0

    @property
    def ended(self) -> bool:
        """The server has closed it, and we have been told."""
        return self.reader.at_eof() or self.writer.is_closing()

    async def send(self, request: Request) -> None:
        try:
            self.writer.write(request.encode())
            await self.writer.drain()
        except ConnectionError as fault:
            raise ClosedUnanswered(type(fault).__name__) from fault

    async def exchange(self, request: Request) -> Response:
        await self.send(request)
        response = await self._response(await self._first_line(), has_body=request.method != "HEAD")
        self.answered += 1
        return response

    def close(self) -> None:
        self.writer.close()

    def hang_up(self) -> None:
        """What a client that crashes does: no goodbye."""
        self.writer.transport.abort()

    async def _first_line(self) -> bytes:
        try:
            line = await self.reader.readline()
        except ConnectionError as fault:
            raise ClosedUnanswered(type(fault).__name__) from fault
        if not line:
            raise ClosedUnanswered("end of stream")
        return line

    async def _response(self, first_line: bytes, *, has_body: bool) -> Response:
        try:
            status, headers = int(first_line.split()[1]), await self._headers()
            body = await self._body(headers) if has_body and status not in (204, 304) else b""
        except (ConnectionError, asyncio.IncompleteReadError) as fault:
            raise BrokenOff(type(fault).__name__) from fault
        return Response(status, headers, body)

    async def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        while line := (await self.reader.readuntil(b"\r\n")).strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return headers

    async def _body(self, headers: dict[str, str]) -> bytes:
        if (length := headers.get("content-length")) is not None:
            return await self.reader.readexactly(int(length))
        if headers.get("transfer-encoding") == "chunked":
            return await self._chunks()
        return await self.reader.read()

    async def _chunks(self) -> bytes:
        body = bytearray()
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readuntil(b"\r\n")
        return bytes(body)
