"""Bearer tokens: which forms are taken, which are refused, and how."""

import base64
import json

import pytest
from httpx import AsyncClient

from tests.cluster import People

from .answers import data_of, refused

ME = "/api/v1/auth/me"


async def test_a_token_tells_who_its_bearer_is(http: AsyncClient, people: People) -> None:
    root = await people.root()

    me = data_of(await http.get(ME, headers=root.bearer))

    assert me == {"id": root.id, "email": root.email, "role": "admin", "root": True}


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer  "])
async def test_the_scheme_is_taken_in_any_case(http: AsyncClient, people: People, scheme: str) -> None:
    answer = await http.get(ME, headers={"Authorization": scheme + (await people.root()).token})

    data_of(answer)


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Token abc", "Bear er abc", "Bearer", "Bearer:abc", "Bearerabc"])
async def test_without_a_bearer_token_a_route_that_wants_one_says_so(http: AsyncClient, header: str) -> None:
    answer = await http.get(ME, headers={"Authorization": header} if header else {})

    refused(answer, 401, "UNAUTHORIZED", "No token provided")
    assert answer.headers["www-authenticate"] == "Bearer"


def altered(token: str, **claims: object) -> str:
    """The same signature under other claims."""
    head, body, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps(told | claims).encode()).rstrip(b"=").decode()
    return f"{head}.{forged}.{signature}"


def unsigned(token: str) -> str:
    """What a library that believes `alg` would take."""
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def spoilt_forms(token: str) -> dict[str, str]:
    return {
        "another signature": token[:-20] + "A" * 20,
        "other claims": altered(token, root=True, email="admin@local"),
        "no signature": unsigned(token),
        "a fourth part": token + ".x",
        "a second word": token + " x",
        "two tokens": f"{token}, {token}",
        "quotes": f'"{token}"',
        "half of it": token[: len(token) // 2],
        "not ASCII": "é",
        "too long": "x" * 5000,
    }


@pytest.mark.parametrize("form", spoilt_forms("e30.e30.e30"))
async def test_what_is_no_token_of_ours_is_refused(http: AsyncClient, people: People, form: str) -> None:
    spoilt = spoilt_forms((await people.root()).token)[form].encode("latin-1")

    answer = await http.get(ME, headers=[(b"authorization", b"Bearer " + spoilt)])

    refused(answer, 401, "UNAUTHORIZED", "Invalid token")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_two_authorization_headers_are_refused(http: AsyncClient, people: People) -> None:
    one = ("Authorization", f"Bearer {(await people.root()).token}")

    answer = await http.get(ME, headers=[one, one])

    refused(answer, 401, "UNAUTHORIZED", "Invalid token")


async def test_a_token_elsewhere_than_in_the_header_is_not_looked_for(http: AsyncClient, people: People) -> None:
    token = (await people.root()).token

    answer = await http.get(ME, params={"access_token": token}, headers={"Cookie": f"access_token={token}"})

    refused(answer, 401, "UNAUTHORIZED", "No token provided")


async def test_a_bad_token_does_not_close_a_route_open_to_anyone(http: AsyncClient) -> None:
    answer = await http.get("/api/v1/healthcheck", headers={"Authorization": "Bearer not.a.token"})

    data_of(answer)
