"""A service's database is restored to an earlier moment: given all events once more, it does what it has forgotten."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from flowctl.cluster import Cluster
from flowkit.telemetry.names import EVENTS_HANDLED
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.local import processes
from tests.cluster.metrics import figures
from tests.integration.records import Records, records

pytestmark = pytest.mark.timeout(180)

REGISTERED = "customer.registered"
PATIENCE_S = 90.0
PAID_FOR = "SELECT array_agg(customer_id::text ORDER BY customer_id::text) FROM orders WHERE status = 'paid'"
# The last one's: what was committed together is gone together.
FORGOTTEN = (
    "DELETE FROM events_done WHERE done_at >= (SELECT max(created_at) FROM orders)",
    "DELETE FROM order_items WHERE order_id = (SELECT id FROM orders ORDER BY created_at DESC LIMIT 1)",
    "DELETE FROM orders WHERE created_at = (SELECT max(created_at) FROM orders)",
)


@dataclass(frozen=True, slots=True)
class Shop:
    cluster: Cluster
    running: Running
    people: People
    kept: Records
    """Of the order service."""

    async def register(self) -> str:
        """Whose welcome order is paid for when this returns."""
        id_ = (await self.people.new_customer()).id
        await self.paid_for(id_)
        return id_

    async def paid_for(self, who: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while who not in (await self.kept.one(PAID_FOR) or ()):
                await self.kept.connection.rollback()
                await asyncio.sleep(0.1)
        await self.kept.connection.rollback()

    async def has_handled(self, **wanted: int) -> None:
        """Registrations, by what came of them."""
        async with asyncio.timeout(PATIENCE_S):
            while await self._handled(*wanted) != wanted:
                await asyncio.sleep(0.1)

    async def _handled(self, *outcomes: str) -> dict[str, float]:
        told = await figures(self.running.service("order").ops_url)
        return {each: told.total(EVENTS_HANDLED, event=REGISTERED, outcome=each) for each in outcomes}

    async def give_again(self) -> None:
        command = (sys.executable, "-m", "flowctl", "events", "again", "order", "--event", REGISTERED, "--yes")
        asked = await asyncio.create_subprocess_exec(*command, env=os.environ | {"NATS_URL": self.running.nats_url})
        assert await asked.wait() == 0
        # It looks after the readers twice a minute, and when it starts.
        await self.cluster.processes["auth"][0].stop()
        await self.cluster.processes["auth"][0].start()


@asynccontextmanager
async def opened() -> AsyncGenerator[Shop]:
    async with (
        processes() as (cluster, running),
        AsyncClient(base_url=running.gateway_url, timeout=60) as http,
        records(running.database_url("order")) as kept,
    ):
        yield Shop(cluster, running, People(http, running.root_password), kept)


async def test_what_is_forgotten_is_done_again_and_nothing_else_is() -> None:
    async with opened() as shop:
        customers = [await shop.register() for _ in range(3)]
        await shop.has_handled(done=3, duplicate=0)
        for statement in FORGOTTEN:
            await shop.kept.change(statement)
        assert await shop.kept.one(PAID_FOR) == sorted(customers[:2])
        await shop.kept.connection.rollback()

        await shop.give_again()
        await shop.paid_for(customers[-1])

        await shop.has_handled(done=4, duplicate=2)
        assert await shop.kept.one(PAID_FOR) == sorted(customers)
