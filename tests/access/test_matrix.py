"""Every contract and every persona, over HTTP and straight on the bus: what the table says, in each cell."""

import pytest
from httpx import AsyncClient

from tests.cluster import Running
from tests.integration.bus import connected

from .asked import asked
from .cast import Cast
from .surface import CALLERS, FOR_SERVICES, FOR_USERS, ROUTED, send
from .table import PERSONAS, TABLE, Persona

NOBODY = "00000000-0000-0000-0000-000000000000"


def test_every_contract_a_user_may_ask_has_its_row() -> None:
    assert sorted(TABLE) == FOR_USERS


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("subject", sorted(ROUTED))
async def test_over_http(subject: str, persona: Persona, cast: Cast, http: AsyncClient, cluster: Running) -> None:
    spent = TABLE[subject].spends_on(persona)
    actor = await cast.actor(persona, fresh=spent)
    payload = asked(cluster.root_password, cast.colleague)[subject](actor)

    answer = await send(http, ROUTED[subject], payload, actor.http)

    if spent:
        cast.forget(persona)
    assert answer.status_code == TABLE[subject].expected(persona), answer.text


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("subject", FOR_USERS)
async def test_on_the_bus(subject: str, persona: Persona, cast: Cast, cluster: Running) -> None:
    spent = TABLE[subject].spends_on(persona)
    actor = await cast.actor(persona, fresh=spent)
    payload = asked(cluster.root_password, cast.colleague)[subject](actor)

    reply = await cast.bus.ask(subject, payload, **actor.bus)

    if spent:
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
        theirs = await send(http, route, {"id": other.owner.id}, other.http)
        nobodys = await send(http, route, {"id": NOBODY}, other.http)
        assert theirs.json() == nobodys.json()
    theirs = await send(http, ROUTED["api.v1.order.get"], {"id": other.order}, other.http)
    nobodys = await send(http, ROUTED["api.v1.order.get"], {"id": NOBODY}, other.http)
    assert theirs.json() == nobodys.json()
