"""The health check's reasoning, with services that are told what to say."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from contracts.health import Condition, Health, Unwell
from flowkit.call import current_call
from flowkit.contract import Contract, FlowError, Nothing, TimedOut, Unavailable
from flowkit.service import ServiceHealth, health_of
from flowkit.testing.calls import a_call
from gateway_service.flows.check_health import CheckHealth

WELL = ServiceHealth(ready=True, checks={"database": "up", "nats": "up"})
TORN = ServiceHealth(ready=False, checks={"database": "down", "nats": "up"})
STATELESS = ServiceHealth(ready=True, checks={"nats": "up"})
STEPS = ["Checking database connection", "Checking NATS connection"]


@dataclass(frozen=True, slots=True)
class Services:
    said: dict[str, ServiceHealth | FlowError]
    slow: frozenset[str] = field(default_factory=frozenset[str])
    given: list[float] = field(default_factory=list[float])

    async def call(self, contract: Contract[Any, Any], _: Nothing) -> ServiceHealth:
        call = current_call()
        name = next(name for name in self.said if health_of(name) == contract)
        if name in self.slow and call is not None:
            self.given.append(call.deadline.left)
            await asyncio.sleep(self.given[-1])
            raise TimedOut
        answer = self.said[name]
        if isinstance(answer, FlowError):
            raise answer
        return answer


def flow(services: Services, *, nats: bool = True) -> CheckHealth:
    async def nats_answers() -> bool:
        return nats

    client: Any = services
    return CheckHealth(client, tuple(services.said), nats_answers)


async def test_all_is_well_when_every_part_says_so() -> None:
    call = a_call()

    health = await flow(Services({"admin": WELL, "auth": WELL, "mail": STATELESS})).run(Nothing(), call)

    services: dict[str, Condition] = {"admin": "up", "auth": "up", "mail": "up"}
    assert health == Health(status="ok", database="up", nats="up", services=services)
    assert call.steps == STEPS


@pytest.mark.parametrize(
    ("said", "nats", "database", "services"),
    [
        ({"admin": WELL, "auth": TORN}, True, "down", {"admin": "up", "auth": "down"}),
        ({"admin": WELL, "auth": Unavailable()}, True, "up", {"admin": "up", "auth": "down"}),
        ({"admin": Unavailable(), "auth": TimedOut()}, True, "down", {"admin": "down", "auth": "down"}),
        ({"admin": WELL}, False, "up", {"admin": "up"}),
        ({"mail": STATELESS}, True, "down", {"mail": "up"}),
    ],
)
async def test_a_part_that_is_not_well_is_named(
    said: dict[str, ServiceHealth | FlowError], nats: bool, database: str, services: dict[str, str]
) -> None:
    call = a_call()

    with pytest.raises(Unwell) as unwell:
        await flow(Services(said), nats=nats).run(Nothing(), call)

    told = unwell.value.data
    assert isinstance(told, Health)
    assert (told.status, told.database, told.services) == ("unavailable", database, services)
    assert told.nats == ("up" if nats else "down")
    assert call.steps == STEPS


async def test_services_are_asked_at_once_and_each_has_two_seconds() -> None:
    slow = ("auth", "customer", "mail", "stock", "till")
    services = Services(dict.fromkeys(("admin", *slow), WELL), slow=frozenset(slow))
    began = time.monotonic()

    with pytest.raises(Unwell):
        await flow(services).run(Nothing(), a_call())

    # One after the other they would take ten.
    assert 1.9 < time.monotonic() - began < 6
    assert len(services.given) == len(slow)
    assert max(services.given) <= 2


async def test_nobody_is_asked_longer_than_the_request_lasts() -> None:
    services = Services({"auth": WELL}, slow=frozenset(("auth",)))

    with pytest.raises(Unwell):
        await flow(services).run(Nothing(), a_call(seconds=0.1))

    (given,) = services.given
    assert given <= 0.1
