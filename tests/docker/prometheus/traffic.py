"""Requests of every kind that goes well or is refused, for as long as somebody looks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from httpx import AsyncClient

from tests.cluster import People
from tests.cluster.people import PASSWORD, a_newcomer

PAUSE_S = 0.2


@dataclass(slots=True)
class Traffic:
    http: AsyncClient
    people: People
    trace_ids: set[str] = field(default_factory=set[str])

    async def round(self) -> None:
        """One who registers, comes back, looks at herself and leaves; one who is taken; strangers."""
        ada = await self.people.new_customer()
        await self._ask("POST", "/api/v1/customer/register", json=a_newcomer())
        await self._ask("POST", "/api/v1/customer/register", json=a_newcomer(ada.email))
        await self._ask("POST", "/api/v1/customer/login", json={"email": ada.email, "password": PASSWORD[1:]})
        await self._ask("GET", "/api/v1/auth/me", headers=ada.bearer)
        await self._ask("GET", f"/api/v1/customers/{ada.id}", headers=ada.bearer)
        await self._ask("GET", "/api/v1/customers", headers=ada.bearer)
        await self._ask("GET", "/api/v1/admin/list")
        await self._ask("GET", "/api/v1/healthcheck")
        await self._ask("GET", "/nowhere")
        await self._ask("POST", "/api/v1/customer/register", json={})
        await self._ask("POST", "/api/v1/auth/logout", headers=ada.bearer)

    async def _ask(self, method: str, path: str, **told: object) -> None:
        answer = await self.http.request(method, path, **told)  # pyright: ignore[reportArgumentType] - as httpx has them
        self.trace_ids.add(answer.headers["x-trace-id"])


@asynccontextmanager
async def flowing(traffic: Traffic) -> AsyncGenerator[None]:
    async def for_ever() -> None:
        while True:
            await traffic.round()
            await asyncio.sleep(PAUSE_S)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(for_ever())
        yield
        task.cancel()
