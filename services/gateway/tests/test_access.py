"""Who may ask what: told at the edge, before anything of the payload is."""

import httpx
import pytest
from contracts import admin, auth, customer

from .answers import data_of, invalid, refused
from .raw import get, sent
from .world import ADA, ADMIN, ROOT, SIGNED_IN, World, a_customer, always, bearer, failing, token_of

LIST = "/api/v1/admin/list"
CREATE = "/api/v1/admin/create-admin"
NO_ADMINS = admin.AdminPage(items=(), total=0, page=1, limit=10)


async def test_without_a_token_there_is_no_way_in(world: World, http: httpx.AsyncClient) -> None:
    answer = await http.get(LIST)

    refused(answer, 401, "UNAUTHORIZED", "No token provided")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not world.asked


async def test_a_bad_token_is_told_from_none(http: httpx.AsyncClient) -> None:
    answer = await http.get(LIST, headers={"authorization": "Bearer e30.no.token"})

    refused(answer, 401, "UNAUTHORIZED", "Invalid token")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_two_tokens_are_as_bad_as_none(world: World) -> None:
    token = b"Authorization: Bearer " + token_of(ADMIN).encode()

    answer = await sent(world.url, get(LIST, token, token))

    assert (answer.status, answer.envelope["message"]) == (401, "Invalid token")


async def test_a_token_of_the_wrong_role_is_forbidden(world: World, http: httpx.AsyncClient) -> None:
    answer = await http.get(LIST, headers=bearer(ADA))

    refused(answer, 403, "FORBIDDEN", "Required role: admin")
    assert not world.asked_of(admin.get_list)


@pytest.mark.parametrize("body", [b"", b"{", b'{"email":1}', b" " * 300_000])
async def test_access_is_judged_before_the_payload(http: httpx.AsyncClient, body: bytes) -> None:
    json = {"content-type": "application/json"}

    refused(await http.post(CREATE, content=body, headers=json), 401, "UNAUTHORIZED", "No token provided")
    refused(await http.post(CREATE, content=body, headers=bearer(ADA) | json), 403, "FORBIDDEN", "Root admin required")
    refused(
        await http.post(CREATE, content=body, headers=bearer(ADMIN) | json), 403, "FORBIDDEN", "Root admin required"
    )


async def test_who_may_ask_is_told_what_a_good_question_looks_like(http: httpx.AsyncClient) -> None:
    answer = await http.post(CREATE, json={"email": "new@example.org"}, headers=bearer(ROOT))

    assert invalid(answer) == [{"field": "password", "message": "Required"}]


async def test_the_flow_is_called_under_the_identity_that_auth_vouches_for(
    world: World, http: httpx.AsyncClient
) -> None:
    world.answer(customer.get, always(a_customer()))

    data_of(await http.get(f"/api/v1/customers/{ADA.id}", headers=bearer(ADA)))

    ((_, call),) = world.asked_of(customer.get)
    assert call.identity == ADA
    assert call.caller == "gateway"


async def test_a_token_sent_to_an_open_route_is_not_looked_at(world: World, http: httpx.AsyncClient) -> None:
    world.answer(admin.login, always(SIGNED_IN))
    body = {"email": "a@b", "password": "x"}

    data_of(await http.post("/api/v1/admin/login", json=body, headers={"authorization": "Bearer not one at all"}))

    assert not world.asked_of(auth.validate)
    ((_, call),) = world.asked_of(admin.login)
    assert call.identity_token == ""


async def test_a_refused_login_challenges_too(world: World, http: httpx.AsyncClient) -> None:
    world.answer(admin.login, failing(admin.InvalidCredentials()))

    answer = await http.post("/api/v1/admin/login", json={"email": "a@b", "password": "x"})

    refused(answer, 401, "UNAUTHORIZED", "Invalid credentials")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_one_validation_serves_the_requests_of_some_seconds(world: World, http: httpx.AsyncClient) -> None:
    world.answer(admin.get_list, always(NO_ADMINS))
    headers = bearer(ADMIN)

    for _ in range(3):
        data_of(await http.get(LIST, headers=headers))

    assert len(world.asked_of(auth.validate)) == 1
    assert len(world.asked_of(admin.get_list)) == 3


async def test_where_auth_does_not_answer_nobody_is_let_in(world: World, http: httpx.AsyncClient) -> None:
    world.gateway_bus.cut()

    answer = await http.get(LIST, headers=bearer(ADMIN))

    refused(answer, 503, "SERVICE_UNAVAILABLE", "Service unavailable")
    assert answer.headers["retry-after"] == "1"
