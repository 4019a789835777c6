"""Trouble made on purpose and kept up: what is dead, too many at once, somebody over a limit."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.faults import Bucket, PlannedFault, key_of
from httpx import AsyncClient, Limits

from tests.cluster import People, Running

ALLOWED = {"FAULT_INJECTION": "allowed", "LATENCY_TOLERANCE": "1.5", "LIMIT_UNKNOWN_TOKENS": "1/minute burst 1"}
DEAD, SHAKY, LASTS_S = "api.v1.customer.get", "api.v1.customer.getList", 170.0
ADMINS, CUSTOMERS = "/api/v1/admin/list", "/api/v1/customers"
AT_ONCE, TOO_MANY = 20, 300
PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Trouble:
    http: AsyncClient
    somebody: str
    bearer: dict[str, str]

    async def round(self) -> None:
        await self._ask(AT_ONCE, self.somebody, self.bearer)
        await self._ask(AT_ONCE, CUSTOMERS, self.bearer)
        await self._ask(AT_ONCE, ADMINS, {"Authorization": "Bearer of nothing"})
        await self._ask(TOO_MANY, ADMINS, self.bearer)

    async def _ask(self, times: int, path: str, headers: dict[str, str]) -> None:
        await asyncio.gather(*(self.http.get(path, headers=headers) for _ in range(times)))


@asynccontextmanager
async def troubled(cluster: Running) -> AsyncGenerator[None]:
    async with _client(cluster) as http, asyncio.TaskGroup() as group:
        people = People(http, cluster.root_password)
        ada, root = await people.new_customer(), await people.root()
        await _plan(cluster, DEAD, 1.0)
        # What fails now and then is asked again; whom nobody asks any more is not.
        await _plan(cluster, SHAKY, 0.2)
        task = group.create_task(_for_ever(Trouble(http, f"{CUSTOMERS}/{ada.id}", root.bearer)))
        yield
        task.cancel()


def _client(cluster: Running) -> AsyncClient:
    told: dict[str, Any] = {"limits": Limits(max_connections=None), "timeout": 30}
    return AsyncClient(base_url=cluster.gateway_url, **told)


async def _plan(cluster: Running, subject: str, share: float) -> None:
    until = time.time() + LASTS_S
    fault = PlannedFault(subject=subject, until=until, error="SERVICE_UNAVAILABLE", probability=share)
    operator = NatsBus(NatsOptions(cluster.nats_url))
    try:
        await Bucket(operator).create()
        await Bucket(operator).put(key_of(fault.subject), fault.encoded())
    finally:
        await operator.close()


async def _for_ever(trouble: Trouble) -> None:
    while True:
        await trouble.round()
        await asyncio.sleep(PAUSE_S)
