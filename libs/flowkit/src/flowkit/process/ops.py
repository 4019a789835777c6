"""The ops port: alive, ready, metrics. Plain HTTP/1.1, a connection an answer."""

import asyncio
import errno
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
import structlog

from flowkit.process.readiness import Readiness
from flowkit.telemetry.metrics import Metrics

_LONGEST_HEAD = 8 * 1024
_MOST_CONNECTIONS = 64
_log = structlog.get_logger("flowkit.process")


class CannotListen(Exception):
    """Nobody can be served at this address; the message names the setting to change."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    body: bytes
    content_type: str = "application/json"

    def encode(self, *, head_only: bool, more: str = "") -> bytes:
        head = (
            f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\nContent-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n{more}\r\n"
        )
        return head.encode() if head_only else head.encode() + self.body


@dataclass(slots=True)
class OpsServer:
    host: str
    wanted_port: int
    readiness: Readiness
    metrics: Metrics
    patience: float = 5.0
    """How many seconds a connection may take from its first byte to its last."""
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])

    @property
    def connections(self) -> int:
        return len(self._open)

    async def start(self) -> None:
        try:
            self._server = await asyncio.start_server(self._serve, self.host, self.wanted_port, limit=_LONGEST_HEAD)
        except OSError as fault:
            reason = "taken" if fault.errno == errno.EADDRINUSE else f"not to be had ({fault})"
            raise CannotListen(f"The ops port {self.host}:{self.wanted_port} is {reason}: set OPS_PORT") from fault
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= _MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._open.add(task)
        try:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                async with asyncio.timeout(self.patience):
                    writer.write(await self._reply(await _head(reader)))
                    await writer.drain()
                    writer.close()
                    await writer.wait_closed()
        finally:
            self._open.discard(task)
            writer.transport.abort()  # whoever never reads is not waited for

    async def _reply(self, head: bytes | None) -> bytes:
        if head is None:
            return _refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The head is longer than 8 KiB")
        try:
            return await self._respond(head)
        except Exception as fault:  # noqa: BLE001 - the port answers, whatever is wrong with what it tells
            _log.error("ops request failed", exc_info=fault)
            return _refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Unexpected error")

    async def _respond(self, head: bytes) -> bytes:
        request, *lines = head.decode("latin-1").split("\r\n")
        method, _, rest = request.partition(" ")
        if method not in ("GET", "HEAD"):
            return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, "GET and HEAD only", "Allow: GET, HEAD\r\n")
        answer = await self._answer(rest.partition(" ")[0].partition("?")[0], _headers(lines))
        return answer.encode(head_only=method == "HEAD")

    async def _answer(self, path: str, headers: Mapping[str, str]) -> _Answer:
        match path:
            case "/health/live":
                return _json(HTTPStatus.OK, {"live": True})
            case "/health/ready":
                return await self._ready()
            case "/metrics":
                body, content_type = self.metrics.render(headers.get("accept", ""))
                return _Answer(HTTPStatus.OK, body, content_type)
            case _:
                return _json(HTTPStatus.NOT_FOUND, {"error": "/health/live, /health/ready, /metrics"})

    async def _ready(self) -> _Answer:
        ready = await self.readiness.is_ready()
        told = {"ready": ready, "checks": self.readiness.seen, "stopping": self.readiness.is_stopping}
        return _json(HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, told)


async def _head(reader: asyncio.StreamReader) -> bytes | None:
    """None when it is too long."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        return None


def _refusal(status: HTTPStatus, error: str, more: str = "") -> bytes:
    return _json(status, {"error": error}).encode(head_only=False, more=more)


def _json(status: HTTPStatus, body: Mapping[str, Any]) -> _Answer:
    return _Answer(status, msgspec.json.encode(body))


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name}
