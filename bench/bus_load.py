"""Load on the bus: callers of nats-py, each asking again as soon as it has its answer."""

import asyncio
import time
from dataclasses import dataclass

from nats.aio.client import Client

from bench.wrk import Figures, LoadFailed


@dataclass(frozen=True, slots=True)
class BusLoad:
    client: Client
    callers: int
    seconds: float

    async def request(self, subject: str, payload: bytes) -> Figures:
        latencies, until = list[float](), time.monotonic() + self.seconds

        async def one() -> None:
            while (began := time.monotonic()) < until:
                reply = await self.client.request(subject, payload, timeout=5)
                if not reply.data.startswith(b'{"success":true'):
                    raise LoadFailed(reply.data.decode())
                latencies.append(time.monotonic() - began)

        async with asyncio.TaskGroup() as group:
            for _ in range(self.callers):
                group.create_task(one())
        return Figures.of(latencies, self.seconds)
