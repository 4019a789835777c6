"""The health check over HTTP: the flow's word, or the gateway's own where no flow can be asked."""

import httpx
from contracts import health
from flowkit.contract import Unavailable
from flowkit.service import ServiceHealth, health_of

from .answers import data_of
from .world import World, always, failing

HEALTH = "/api/v1/healthcheck"
UP = dict.fromkeys(("admin", "auth", "customer", "notification", "order", "payment"), "up")


def unwell(answer: httpx.Response) -> object:
    told = answer.json()
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert (told["errorCode"], told["message"]) == ("SERVICE_UNAVAILABLE", "Not every part is well")
    return told["data"]


async def test_when_all_is_well_it_says_so(http: httpx.AsyncClient) -> None:
    assert data_of(await http.get(HEALTH)) == {"status": "ok", "database": "up", "nats": "up", "services": UP}


async def test_a_service_without_its_database_is_down_and_so_is_the_database(
    world: World, http: httpx.AsyncClient
) -> None:
    torn = ServiceHealth(ready=False, checks={"nats": "up", "database": "down"})
    world.answer(health_of("admin"), always(torn))

    assert unwell(await http.get(HEALTH)) == {
        "status": "unavailable",
        "database": "down",
        "nats": "up",
        "services": UP | {"admin": "down"},
    }


async def test_a_service_that_is_silent_is_down_alone(world: World, http: httpx.AsyncClient) -> None:
    world.answer(health_of("customer"), failing(Unavailable()))

    assert unwell(await http.get(HEALTH)) == {
        "status": "unavailable",
        "database": "up",
        "nats": "up",
        "services": UP | {"customer": "down"},
    }


async def test_without_the_bus_the_gateway_answers_by_itself(world: World, http: httpx.AsyncClient) -> None:
    world.gateway_bus.cut()

    assert unwell(await http.get(HEALTH)) == {
        "status": "unavailable",
        "database": "down",
        "nats": "down",
        "services": dict.fromkeys(UP, "down"),
    }
    assert not world.asked_of(health.check)
