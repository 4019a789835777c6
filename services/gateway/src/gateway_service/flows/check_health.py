"""Is the whole system well, and which part is not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from contracts.health import Condition, Health, Unwell
from flowkit.call import Call
from flowkit.client import Client
from flowkit.contract import FlowError, Nothing
from flowkit.service import ServiceHealth, health_of

# A service takes up to a second to find that a part of it does not answer, and is then to be heard.
_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class CheckHealth:
    """Asks every service how it is; raises Unwell, with the same figures, unless all are well."""

    client: Client
    services: tuple[str, ...]
    nats_answers: Callable[[], Awaitable[bool]]

    async def run(self, _: Nothing, call: Call) -> Health:
        with call.step("Checking database connection"):
            told = await self._ask_all(call)
        with call.step("Checking NATS connection"):
            nats = _condition(well=await self.nats_answers())
        health = _health(told, nats)
        if health.status != "ok":
            raise Unwell(data=health)
        return health

    async def _ask_all(self, call: Call) -> dict[str, ServiceHealth | None]:
        async with asyncio.TaskGroup() as asking:
            asked = {service: asking.create_task(self._ask(service, call)) for service in self.services}
        return {service: answer.result() for service, answer in asked.items()}

    async def _ask(self, service: str, call: Call) -> ServiceHealth | None:
        with replace(call, deadline=call.deadline.sooner(_PATIENCE_S)).as_current():
            try:
                return await self.client.call(health_of(service), Nothing())
            except FlowError:
                return None


def unreachable(services: tuple[str, ...], *, nats: bool) -> Unwell:
    """What can be said when nobody can be asked."""
    return Unwell(data=_health(dict.fromkeys(services), _condition(well=nats)))


def _health(told: Mapping[str, ServiceHealth | None], nats: Condition) -> Health:
    databases = [health.checks["database"] for health in told.values() if health and "database" in health.checks]
    database = _condition(well=bool(databases) and "down" not in databases)
    services: dict[str, Condition] = {
        service: _condition(well=bool(health and health.ready)) for service, health in told.items()
    }
    well = "down" not in (database, nats, *services.values())
    status: Literal["ok", "unavailable"] = "ok" if well else "unavailable"
    return Health(status=status, database=database, nats=nats, services=services)


def _condition(*, well: bool) -> Condition:
    return "up" if well else "down"
