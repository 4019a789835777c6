"""A machine client shows an API key where a person shows a token."""

import httpx
import pytest
from contracts import admin, auth
from flowkit.contract import Identity

from .answers import data_of, refused
from .raw import get, sent
from .world import ADMIN, SIGNED_IN, World, always, bearer, token_of

ME, LIST = "/api/v1/auth/me", "/api/v1/admin/list"
KEY = f"fak_{'0' * 32}_{'x' * 43}"
NO_ADMINS = admin.AdminPage(items=(), total=0, page=1, limit=10)


def vouched_for(*contracts: str) -> auth.Validated:
    identity = Identity(id="k", email="k@api-key.local", role="admin", session="k", contracts=contracts)
    return auth.Validated(id="k", email=identity.email, role="admin", root=False, identity=token_of(identity))


@pytest.fixture(autouse=True)
def answering(world: World) -> None:
    world.answer(admin.get_list, always(NO_ADMINS))
    world.answer(auth.validate, always(vouched_for()))


async def test_it_is_validated_as_a_token_is_and_remembered_as_long(world: World, http: httpx.AsyncClient) -> None:
    for _ in range(3):
        data_of(await http.get(LIST, headers={"x-api-key": KEY}))

    ((asked, _),) = world.asked_of(auth.validate)
    assert asked.token == KEY
    assert [call.identity.id for _, call in world.asked_of(admin.get_list) if call.identity] == ["k"] * 3


async def test_outside_its_scope_it_is_stopped_at_the_edge(world: World, http: httpx.AsyncClient) -> None:
    world.answer(auth.validate, always(vouched_for("api.v1.auth.me")))

    answer = await http.get(LIST, headers={"x-api-key": KEY})

    refused(answer, 403, "FORBIDDEN", "Insufficient permissions")
    assert not world.asked_of(admin.get_list)


async def test_beside_a_token_it_is_not_clear_whose_request_it_is(world: World, http: httpx.AsyncClient) -> None:
    answer = await http.get(LIST, headers={"x-api-key": KEY} | bearer(ADMIN))

    refused(answer, 401, "UNAUTHORIZED", "An API key or a token, not both")
    assert not world.asked_of(auth.validate)


@pytest.mark.parametrize("key", ["", "x", "fak_", KEY[:-1], KEY + "x", KEY.upper(), "eyJ.e30.x", f"{KEY}, {KEY}"])
async def test_what_can_be_no_key_is_not_asked_about(world: World, http: httpx.AsyncClient, key: str) -> None:
    answer = await http.get(LIST, headers={"x-api-key": key})

    refused(answer, 401, "UNAUTHORIZED", "Invalid API key")
    assert not world.asked_of(auth.validate)


async def test_two_keys_are_as_bad_as_none(world: World) -> None:
    line = b"X-API-Key: " + KEY.encode()

    answer = await sent(world.url, get(LIST, line, line))

    assert (answer.status, answer.envelope["message"]) == (401, "Invalid API key")


async def test_where_nobody_is_expected_it_is_not_looked_at(world: World, http: httpx.AsyncClient) -> None:
    world.answer(admin.login, always(SIGNED_IN))

    data_of(await http.post("/api/v1/admin/login", json={"email": "a@b", "password": "x"}, headers={"x-api-key": "?"}))

    assert not world.asked_of(auth.validate)
