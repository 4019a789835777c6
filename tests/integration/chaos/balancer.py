"""What stands before several gateways: asks each whether it is ready, and opens connections to those that are."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .wire import BrokenOff, ClosedUnanswered, Connection, Refused, Request

ASK_EVERY_S = 0.05
ASK_WITHIN_S = 1.0


class NobodyReady(Exception):
    """No gateway took a connection in time."""


@dataclass(slots=True)
class Gateway:
    """Where clients go, and where its ops port is; both as they are at the moment of asking."""

    url: str
    ops_url: Callable[[], str]
    ready: bool = True

    async def connect(self) -> Connection:
        parts = urlsplit(self.url)
        return await Connection.open(parts.hostname or "", parts.port or 80)


@dataclass(slots=True)
class Balancer:
    gateways: Sequence[Gateway]
    refused: int = 0
    _turns: "itertools.count[int]" = field(default_factory=itertools.count)

    @asynccontextmanager
    async def watching(self) -> AsyncGenerator["Balancer"]:
        async with asyncio.TaskGroup() as watch:
            tasks = [watch.create_task(self._watch(gateway)) for gateway in self.gateways]
            yield self
            for task in tasks:
                task.cancel()

    async def connect(self, within_s: float = 10.0) -> Connection:
        """To a ready one, the next where it refuses: nothing has been sent, so nothing is at risk."""
        async with asyncio.timeout(within_s):
            while True:
                try:
                    return await self._next().connect()
                except Refused:
                    self.refused += 1
                    await asyncio.sleep(0.01)

    def _next(self) -> Gateway:
        ready = [gateway for gateway in self.gateways if gateway.ready]
        if not ready:
            raise Refused("no gateway is ready")
        return ready[next(self._turns) % len(ready)]

    async def _watch(self, gateway: Gateway) -> None:
        while True:
            gateway.ready = await is_ready(gateway.ops_url())
            await asyncio.sleep(ASK_EVERY_S)


async def ask_ops(ops_url: str, path: str, within_s: float = ASK_WITHIN_S) -> tuple[int, bytes]:
    """Status and body of one page of an ops port; status 0 where there was no answer."""
    parts = urlsplit(ops_url)
    try:
        async with asyncio.timeout(within_s):
            connection = await Connection.open(parts.hostname or "", parts.port or 80)
            try:
                response = await connection.exchange(Request("GET", path))
            finally:
                connection.close()
    except (TimeoutError, Refused, ClosedUnanswered, BrokenOff):
        return 0, b""
    return response.status, response.body


async def is_ready(ops_url: str) -> bool:
    return (await ask_ops(ops_url, "/health/ready"))[0] == 200
