"""Open-loop load: requests are sent when they are due, however the answers before them fare."""

import asyncio
import gc
import random
import re
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import override
from urllib.parse import urlsplit

from bench.offered import LOST, Answered, Offered

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class OpenLoad:
    """`rate` requests a second, at moments drawn by chance, for so many seconds."""

    url: str
    request: Callable[[], bytes]
    rate: float
    seconds: float
    seed: int = 4

    async def offered(self) -> Offered:
        parts = urlsplit(self.url)
        with _undisturbed():
            crowd = _Crowd(parts.hostname or "", parts.port or 80, self.request, time.monotonic())
            late = await self._ask(crowd)
            await crowd.answered(_PATIENCE_S)
        return Offered(tuple(crowd.answers), self.seconds, tuple(late))

    async def _ask(self, crowd: "_Crowd") -> list[float]:
        late: list[float] = []
        for due in self._moments(crowd.began):
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            late.append(time.monotonic() - due)
            crowd.ask(due)
        return late

    def _moments(self, began: float) -> Iterator[float]:
        chance, due = random.Random(self.seed), began  # noqa: S311  chance, not secrecy
        while (due := due + chance.expovariate(self.rate)) < began + self.seconds:
            yield due


@contextmanager
def _undisturbed() -> Generator[None]:
    """A load that stops to collect its garbage would measure that."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def get(path: str, token: str = "") -> Callable[[], bytes]:
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    asked = f"GET {path} HTTP/1.1\r\nHost: gateway\r\n{authorization}\r\n".encode()
    return lambda: asked


def post(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


@dataclass(slots=True)
class _Crowd:
    """As many keep-alive connections as requests are under way at once."""

    host: str
    port: int
    request: Callable[[], bytes]
    began: float
    answers: list[Answered] = field(default_factory=list[Answered])
    idle: deque["_Connection"] = field(default_factory=deque["_Connection"])
    busy: set["_Connection"] = field(default_factory=set["_Connection"])
    _opening: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def ask(self, due: float) -> None:
        while self.idle:
            if self.idle[-1].is_open:
                self.idle.pop().send(due)
                return
            self.idle.pop()
        opening = asyncio.get_running_loop().create_task(self._open(due))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    async def answered(self, within: float) -> None:
        """All of them, or as many as were by then."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await asyncio.gather(*self._opening)
                await asyncio.gather(*(connection.is_free.wait() for connection in self.busy))
        for connection in [*self.busy, *self.idle]:
            connection.give_up()

    async def _open(self, due: float) -> None:
        connection = _Connection(self)
        try:
            await asyncio.get_running_loop().create_connection(lambda: connection, self.host, self.port)
        except OSError:
            self.settle(LOST, due)
            return
        connection.send(due)

    def settle(self, status: int, due: float) -> None:
        self.answers.append(Answered(status, time.monotonic() - due, due - self.began))


@dataclass(slots=True, eq=False)
class _Connection(asyncio.Protocol):
    crowd: _Crowd
    is_open: bool = False
    is_free: asyncio.Event = field(default_factory=asyncio.Event)
    _due: float = 0.0
    _heard: bytes = b""
    _transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  a TCP connection always is
        self._transport, self.is_open = transport, True

    @override
    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, ended, body = self._heard.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not ended or length is None or len(body) < int(length[1]):
            return
        self._heard = b""
        self._settle(int(head[9:12]))
        if _CLOSE.search(head):
            self.give_up()
        else:
            self.crowd.idle.append(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._settle(LOST)

    def send(self, due: float) -> None:
        self._due = due
        self.is_free.clear()
        self.crowd.busy.add(self)
        if self._transport is not None:
            self._transport.write(self.crowd.request())

    def give_up(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _settle(self, status: int) -> None:
        if self in self.crowd.busy:
            self.crowd.busy.discard(self)
            self.is_free.set()
            self.crowd.settle(status, self._due)
