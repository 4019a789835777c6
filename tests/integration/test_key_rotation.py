"""Keys that change while everything runs: nobody notices, unless it is to be noticed."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncGenerator

import pytest
from contracts import admin, auth
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.operator import flow
from tests.cluster.people import bearer
from tests.cluster.starter import Starter

from .answers import data_of
from .bus import Bus, connected

ME, LIST, JWKS = "/api/v1/auth/me", "/api/v1/admin/list", "/.well-known/jwks.json"
# What the gateway keeps of a validation and of the key set.
KEPT_S = 5.0
# On a machine that has other work.
LATE_S = 5.0


@pytest.fixture(scope="module")
async def own(starter: Starter) -> AsyncGenerator[Running]:
    """A cluster of its own: when every token is worthless, no other story should stumble."""
    async with starter.started({"KEY_LEAD_S": "0", "PASSWORD_REFUSAL_MS": "400"}) as running:
        yield running
        running.assert_well_behaved()


@pytest.fixture(scope="module")
async def here(own: Running) -> AsyncGenerator[AsyncClient]:
    async with AsyncClient(base_url=own.gateway_url, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
async def operator(own: Running) -> AsyncGenerator[Bus]:
    async with connected(own.nats_url) as bus:
        yield bus


def kid_of(token: str) -> str:
    head = token.split(".", maxsplit=1)[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]


async def listed(bus: Bus) -> dict[str, str]:
    told = await bus.ask_as("operator", auth.list_keys.subject, {})
    return {key["kid"]: key["use"] for key in told.body["data"]["keys"]}


async def rotated(bus: Bus, *, at_once: bool = False) -> None:
    told = await bus.ask_as("operator", auth.rotate_keys.subject, {"atOnce": at_once})
    assert told.body["status"] == 200


async def published(http: AsyncClient) -> set[str]:
    return {key["kid"] for key in (await http.get(JWKS)).json()["keys"]}


async def until_published(http: AsyncClient, kids: set[str]) -> None:
    async with asyncio.timeout(KEPT_S + LATE_S):
        while await published(http) != kids:
            await asyncio.sleep(0.2)


async def test_after_a_rotation_old_tokens_and_new_ones_are_good(
    own: Running, here: AsyncClient, operator: Bus
) -> None:
    people = People(here, own.root_password)
    before = (await people.root()).token

    await rotated(operator)

    after = (await People(here, own.root_password).root()).token
    assert kid_of(after) != kid_of(before)
    for token in (before, after):
        data_of(await here.get(ME, headers=bearer(token)))
        data_of(await here.get(LIST, headers=bearer(token)))
    assert await listed(operator) == {kid_of(after): "signs", kid_of(before): "verifies"}
    await until_published(here, {kid_of(after), kid_of(before)})


async def test_after_a_rotation_at_once_what_any_other_key_signed_is_good_nowhere(
    own: Running, here: AsyncClient, operator: Bus
) -> None:
    token = (await People(here, own.root_password).root()).token
    validated = await operator.ask_as("operator", auth.validate.subject, {"token": token})
    identity = validated.body["data"]["identity"]
    assert (await operator.ask(admin.get_list.subject, {}, flow_identity=identity)).body["status"] == 200
    badge = (await operator.ask("auth.identify.operator")).body["data"]["token"]

    await rotated(operator, at_once=True)

    # On the bus auth itself knows at once; admin as soon as it meets what the new key has signed.
    stale = await operator.ask(auth.validate.subject, {"token": token}, flow_service=badge)
    assert stale.told == (401, "UNAUTHORIZED", "Service not identified")
    # Whoever was remembered by the gateway is so for seconds, not longer; its own badge is replaced unnoticed.
    began = time.monotonic()
    while (answer := await here.get(ME, headers=bearer(token))).status_code == 200:
        assert time.monotonic() - began < KEPT_S + LATE_S
        await asyncio.sleep(0.1)
    # Until then a service that knows better refuses what the gateway relays.
    assert (answer.status_code, answer.json()["message"] in ("Invalid token", "Not authenticated")) == (401, True)
    new = (await People(here, own.root_password).root()).token
    data_of(await here.get(LIST, headers=bearer(new)))
    told = await operator.ask(admin.get_list.subject, {}, flow_identity=identity)
    assert told.told == (401, "UNAUTHORIZED", "Not authenticated")
    assert await listed(operator) == {kid_of(new): "signs"}
    await until_published(here, {kid_of(new)})
    assert data_of(await here.get("/api/v1/healthcheck"))["status"] == "ok"


async def test_the_operators_command_lists_the_keys_and_makes_another(own: Running, operator: Bus) -> None:
    before = await listed(operator)

    code, told = await flow(own, "keys", "ls")
    assert (code, [kid for kid in before if kid in told]) == (0, [*before]), told

    code, told = await flow(own, "keys", "rotate")
    after = await listed(operator)
    (new,) = after.keys() - before.keys()
    assert (code, after[new]) == (0, "signs"), told
    assert all(f"{kid} " in told and use in told for kid, use in after.items())
