"""Every contract and every persona, over HTTP and straight on the bus: what the table says, in each cell."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from contracts import auth
from contracts.bus import PARTICIPANTS
from flowkit.contract import Contract
from gateway_service.http.route import Route
from gateway_service.routes import ROUTES
from httpx import AsyncClient, Response

from tests.cluster import People, Running
from tests.integration.bus import connected

from .asked import asked
from .cast import Actor, Cast
from .table import PERSONAS, TABLE, Persona

CONTRACTS: dict[str, Contract[Any, Any]] = {
    contract.subject: contract for participant in PARTICIPANTS for contract in participant.serves
}
ROUTED = {route.contract.subject: route for route in ROUTES}
FOR_USERS = sorted(subject for subject, contract in CONTRACTS.items() if contract.access.is_routable)
FOR_SERVICES = sorted(subject for subject, contract in CONTRACTS.items() if contract.access.is_internal)
CALLERS = {contract.subject: participant.name for participant in PARTICIPANTS for contract in participant.calls}


@pytest.fixture(scope="module")
async def cast(cluster: Running, people: People) -> AsyncGenerator[Cast]:
    badge = await badge_of("gateway", cluster)
    async with connected(cluster.nats_url) as bus:
        yield Cast(people, bus, badge, await people.new_admin())


def test_every_contract_a_user_may_ask_has_its_row() -> None:
    assert sorted(TABLE) == FOR_USERS


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("subject", sorted(ROUTED))
async def test_over_http(subject: str, persona: Persona, cast: Cast, http: AsyncClient, cluster: Running) -> None:
    actor = await cast.actor(persona, fresh=TABLE[subject].spends)
    payload = asked(cluster.root_password, cast.colleague)[subject](actor)

    answer = await send(http, ROUTED[subject], payload, actor)

    if TABLE[subject].spends:
        cast.forget(persona)
    assert answer.status_code == TABLE[subject].expected(persona), answer.text


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("subject", FOR_USERS)
async def test_on_the_bus(subject: str, persona: Persona, cast: Cast, cluster: Running) -> None:
    actor = await cast.actor(persona, fresh=TABLE[subject].spends)
    payload = asked(cluster.root_password, cast.colleague)[subject](actor)

    reply = await cast.bus.ask(subject, payload, **actor.bus)

    if TABLE[subject].spends:
        cast.forget(persona)
    assert reply.body["status"] == TABLE[subject].expected(persona), reply.body


@pytest.mark.parametrize("persona", [persona for persona in PERSONAS if persona != "service"])
@pytest.mark.parametrize("subject", FOR_SERVICES)
async def test_what_is_internal_answers_no_user(subject: str, persona: Persona, cast: Cast, cluster: Running) -> None:
    actor = await cast.actor(persona, fresh=False)

    # With the credentials of one whom the server lets ask: without its badge even that one is nobody.
    async with connected(cluster.nats_urls[CALLERS[subject]]) as bus:
        reply = await bus.ask(subject, {}, **actor.bus)

    assert reply.told == (401, "UNAUTHORIZED", "Service not identified")


async def test_somebody_elses_record_answers_word_for_word_as_one_that_is_not_there(
    cast: Cast, http: AsyncClient
) -> None:
    other = await cast.actor("other", fresh=False)
    for subject in ("api.v1.customer.get", "api.v1.customer.delete", "api.v1.customer.update"):
        route = ROUTED[subject]
        theirs = await send(http, route, {"id": other.owner.id}, other)
        nobodys = await send(http, route, {"id": "00000000-0000-0000-0000-000000000000"}, other)
        assert theirs.json() == nobodys.json()


async def send(http: AsyncClient, route: Route, payload: dict[str, Any], actor: Actor) -> Response:
    path = route.path.format(**{name: payload[name] for name in route.parameters})
    rest = {name: value for name, value in payload.items() if name not in route.parameters}
    if route.takes_body:
        return await http.request(route.method, path, headers=actor.http, json=rest)
    return await http.request(route.method, path, headers=actor.http, params=rest)


async def badge_of(service: str, cluster: Running) -> str:
    async with connected(cluster.nats_urls[service]) as bus:
        return str((await bus.ask(auth.identities[service].subject)).body["data"]["token"])
