"""Load on the bus, in NATS's bare protocol: any client library would cost more than what it asks."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import override
from urllib.parse import urlsplit

from contracts.bus import OPERATOR
from flowkit.contract import inbox_prefix_of

from bench.wrk import Figures, LoadFailed

_REPLIES = f"{inbox_prefix_of(OPERATOR)}.bench"
_SUCCESS = b'{"success":true'


@dataclass(frozen=True, slots=True)
class BusLoad:
    nats_url: str
    callers: int
    seconds: float

    async def request(self, subject: str, payload: bytes) -> Figures:
        """Each caller asks again as soon as it has its answer."""
        parts = urlsplit(self.nats_url)
        callers = _Callers(subject, payload, self.callers, {"user": parts.username, "pass": parts.password})
        host, port = parts.hostname or "", parts.port or 4222
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: callers, host, port)
        try:
            await asyncio.wait([callers.failed], timeout=self.seconds)
        finally:
            transport.close()
        if callers.failed.done():
            raise LoadFailed(callers.failed.result())
        return Figures.of(callers.latencies, self.seconds)


@dataclass(slots=True, eq=False)
class _Callers(asyncio.Protocol):
    subject: str
    payload: bytes
    count: int
    credentials: Mapping[str, str | None] = field(repr=False)
    latencies: list[float] = field(default_factory=list[float])
    failed: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    _asked_at: list[float] = field(default_factory=list[float])
    _asks: list[bytes] = field(default_factory=list[bytes])
    _rest: bytes = b""
    _transport: asyncio.WriteTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101  a TCP connection always is
        self._transport = transport
        told = {"verbose": False, "headers": True, "no_responders": True, **self.credentials}
        transport.write(f"CONNECT {json.dumps(told)}\r\nSUB {_REPLIES}.* 1\r\n".encode())
        for caller in range(self.count):
            line = f"PUB {self.subject} {_REPLIES}.{caller} {len(self.payload)}\r\n"
            self._asks.append(line.encode() + self.payload + b"\r\n")
            self._asked_at.append(0.0)
            self._ask(caller)

    @override
    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        at = 0
        while (end := data.find(b"\r\n", at)) >= 0:
            line = data[at:end]
            if line.startswith((b"MSG", b"HMSG")):
                words = line.split()
                beyond = end + 2 + int(words[-1])
                if beyond + 2 > len(data):
                    break
                self._answered(int(words[1].rpartition(b".")[2]), data[end + 2 : beyond])
                end = beyond
            elif line == b"PING":
                self._write(b"PONG\r\n")
            elif line.startswith(b"-ERR"):
                self._fail(line)
            at = end + 2
        self._rest = data[at:]

    def _answered(self, caller: int, answer: bytes) -> None:
        if not answer.startswith(_SUCCESS):
            self._fail(answer)
            return
        self.latencies.append(time.perf_counter() - self._asked_at[caller])
        self._ask(caller)

    def _ask(self, caller: int) -> None:
        self._asked_at[caller] = time.perf_counter()
        self._write(self._asks[caller])

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _fail(self, told: bytes) -> None:
        if not self.failed.done():
            self.failed.set_result(told.decode(errors="replace"))
