"""ADR-32, as the `nats` CLI would ask: who is here, what do they answer, how much have they done."""

import asyncio
import json
from datetime import datetime
from typing import Any, Protocol, cast

import pytest
from contracts.bus import PARTICIPANTS, SERVICES
from flowkit.contract import callers_of
from jsonschema import Draft7Validator, FormatChecker
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from tests.cluster import People, Running
from tests.cluster.people import PASSWORD
from tests.integration import micro_schemas

from .bus import Bus, connected

SCHEMAS = {"PING": micro_schemas.PING, "INFO": micro_schemas.INFO, "STATS": micro_schemas.STATS}
LOGIN = "api.v1.customer.login"


async def everyone(bus: Bus, verb: str) -> list[dict[str, Any]]:
    """Whoever answers a question put to all services."""
    inbox, told = bus.client.new_inbox(), asyncio.Queue[dict[str, Any]]()

    async def keep(message: Msg) -> None:
        await told.put(json.loads(message.data))

    async with asyncio.timeout(30), bus.subscribed(inbox, keep):
        await bus.client.publish(f"$SRV.{verb}", b"", reply=inbox)
        return [await told.get() for _ in SERVICES]


async def one(bus: Bus, verb: str, name: str) -> dict[str, Any]:
    return (await bus.ask(f"$SRV.{verb}.{name}")).body


FORMATS = FormatChecker()


@FORMATS.checks("date-time", ValueError)
def is_a_moment(text: object) -> bool:
    return datetime.fromisoformat(str(text)).tzinfo is not None


class Validator(Protocol):
    """What is used of jsonschema's, whose own types are not whole."""

    def validate(self, instance: object) -> None: ...

    def is_valid(self, instance: object) -> bool: ...


def validator(schema: dict[str, Any]) -> Validator:
    Draft7Validator.check_schema(schema)
    return cast("Validator", Draft7Validator(schema, format_checker=FORMATS))


def fits(told: dict[str, Any], verb: str) -> None:
    validator(SCHEMAS[verb]).validate(told)


@pytest.mark.parametrize("verb", SCHEMAS)
async def test_every_service_answers_in_the_published_shape(bus: Bus, verb: str) -> None:
    told = await everyone(bus, verb)

    assert sorted(answer["name"] for answer in told) == sorted(SERVICES)
    for answer in told:
        fits(answer, verb)


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_answers_to_its_name_and_to_its_id(bus: Bus, name: str) -> None:
    ping = await one(bus, "PING", name)

    for verb in SCHEMAS:
        by_id = await one(bus, verb, f"{name}.{ping['id']}")
        fits(by_id, verb)
        assert (by_id["name"], by_id["id"], by_id["version"]) == (name, ping["id"], ping["version"])
    with pytest.raises(NoRespondersError):
        await one(bus, "PING", f"{name}.somebody-else")


async def test_a_services_endpoints_tell_their_schemas_and_who_may_ask(bus: Bus) -> None:
    info = await one(bus, "INFO", "customer")

    endpoint = next(each for each in info["endpoints"] if each["subject"] == LOGIN)
    assert endpoint["queue_group"] == "customer"
    assert endpoint["metadata"]["access"] == "anyone"
    request = validator(json.loads(endpoint["metadata"]["request_schema"]))
    reply = validator(json.loads(endpoint["metadata"]["reply_schema"]))
    assert request.is_valid({"email": "ada@example.org", "password": "x"})
    assert not request.is_valid({"email": "ada@example.org"})
    assert not request.is_valid({"email": "ada@example.org", "password": "x", "admin": True})
    assert reply.is_valid({"token": "x", "refreshToken": "y", "expiresIn": 900})
    assert not reply.is_valid({"token": "x"})


async def test_every_endpoint_listed_is_listened_to(bus: Bus, cluster: Running) -> None:
    for info in await everyone(bus, "INFO"):
        for endpoint in info["endpoints"]:
            who = max(callers_of(info["name"], PARTICIPANTS)[endpoint["subject"]])
            async with connected(cluster.nats_urls[who]) as asking:
                reply = await asking.ask(endpoint["subject"], b"[]", flow_timeout_ms="20000")
            assert reply.body["success"] in (True, False)


async def counted(bus: Bus) -> tuple[int, int, int]:
    stats = await one(bus, "STATS", "customer")
    login = next(each for each in stats["endpoints"] if each["subject"] == LOGIN)
    assert login["average_processing_time"] == login["processing_time"] // max(1, login["num_requests"])
    return login["num_requests"], login["num_errors"], login["processing_time"]


async def test_the_figures_are_true(bus: Bus, people: People) -> None:
    ada = await people.new_customer()
    requests, errors, nanoseconds = await counted(bus)

    for _ in range(3):
        await bus.ask(LOGIN, {"email": ada.email, "password": PASSWORD})
    for _ in range(2):
        await bus.ask(LOGIN, b"junk")

    after = await counted(bus)
    assert after[:2] == (requests + 5, errors + 2)
    # Three passwords were verified in that time.
    assert 10_000_000 < after[2] - nanoseconds < 5_000_000_000
    stats = await one(bus, "STATS", "customer")
    login = next(each for each in stats["endpoints"] if each["subject"] == LOGIN)
    assert login["last_error"] == "400:Invalid input"
