"""Trouble made on purpose and kept up: what is dead or shaky, too many at once, somebody over a limit,
events that go wrong."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.faults import Bucket, PlannedFault, key_of
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.people import bearer
from tests.integration.test_flood import flood
from tests.telemetry.poison import as_the_operator

from .event_trouble import EventTrouble

ALLOWED = {"FAULT_INJECTION": "allowed", "LATENCY_TOLERANCE": "1.5", "LIMIT_WRITING_USER": "1/minute burst 1"}
DEAD, SHAKY, LASTS_S = "api.v1.customer.get", "api.v1.customer.getList", 170.0
CUSTOMERS = "/api/v1/customers"
AT_ONCE, PAUSE_S = 20, 0.2


@dataclass(frozen=True, slots=True)
class Trouble:
    http: AsyncClient
    cluster: Running
    somebody: str
    token: str

    async def of_callees(self) -> None:
        await self._ask("GET", f"{CUSTOMERS}/{self.somebody}")
        await self._ask("GET", CUSTOMERS)

    async def of_the_hasty(self) -> None:
        await self._ask("PUT", f"{CUSTOMERS}/{self.somebody}", json={"firstName": "Ada"})

    async def of_crowds(self) -> None:
        await flood(self.cluster, self.token)

    async def _ask(self, method: str, path: str, json: object = None) -> None:
        headers = bearer(self.token)
        await asyncio.gather(*(self.http.request(method, path, headers=headers, json=json) for _ in range(AT_ONCE)))


@asynccontextmanager
async def troubled(cluster: Running) -> AsyncGenerator[None]:
    async with (
        AsyncClient(base_url=cluster.gateway_url, timeout=30) as http,
        as_the_operator(cluster) as streams,
        asyncio.TaskGroup() as group,
    ):
        people = People(http, cluster.root_password)
        trouble = Trouble(http, cluster, (await people.new_customer()).id, (await people.root()).token)
        await _plan(cluster, DEAD, 1.0)
        # What fails now and then is asked again; whom nobody asks any more is not.
        await _plan(cluster, SHAKY, 0.2)
        over = asyncio.Event()
        events = EventTrouble(streams, cluster)
        for kind in (
            *(trouble.of_callees, trouble.of_the_hasty, trouble.of_crowds),
            *(events.of_the_unreadable, events.of_the_impossible, events.of_the_repeated, events.of_the_refused),
        ):
            group.create_task(_kept_up(kind, over))
        yield
        over.set()


async def _plan(cluster: Running, subject: str, share: float) -> None:
    until = time.time() + LASTS_S
    fault = PlannedFault(subject=subject, until=until, error="SERVICE_UNAVAILABLE", probability=share)
    operator = NatsBus(NatsOptions(cluster.nats_url))
    try:
        await Bucket(operator).put(key_of(fault.subject), fault.encoded())
    finally:
        await operator.close()


async def _kept_up(kind: Callable[[], Awaitable[None]], over: asyncio.Event) -> None:
    while not over.is_set():
        await kind()
        await asyncio.sleep(PAUSE_S)
