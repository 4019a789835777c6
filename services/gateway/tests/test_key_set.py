"""The public keys over HTTP: a plain JWK set, kept for seconds."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from contracts import auth
from flowkit.contract import Nothing, Unavailable
from flowkit.contract.keys import PublicKey, PublicKeys, public_keys
from flowkit.testing.calls import a_call
from gateway_service.http.key_set import KeySet

from .answers import refused
from .world import World, always, failing

PATH = "/.well-known/jwks.json"
KEYS = PublicKeys(keys=(PublicKey(kid="k2", x="eA"), PublicKey(kid="k1", x="eB")))


@pytest.fixture(autouse=True)
def published(world: World) -> None:
    world.answer(public_keys, always(KEYS))


async def test_it_is_a_key_set_and_no_envelope(http: httpx.AsyncClient) -> None:
    answer = await http.get(PATH)

    assert answer.status_code == 200
    assert answer.json() == {
        "keys": [
            {"kid": "k2", "x": "eA", "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig"},
            {"kid": "k1", "x": "eB", "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig"},
        ]
    }
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert len(answer.headers["x-trace-id"]) == 32


async def test_a_token_is_not_asked_for_nor_looked_at(world: World, http: httpx.AsyncClient) -> None:
    assert (await http.get(PATH, headers={"authorization": "Bearer junk"})).status_code == 200
    assert not world.asked_of(auth.validate)


async def test_auth_is_asked_once_for_the_requests_of_some_seconds(world: World, http: httpx.AsyncClient) -> None:
    await asyncio.gather(*(http.get(PATH) for _ in range(10)))
    await http.get(PATH)

    assert len(world.asked_of(public_keys)) == 1


async def test_where_auth_never_answered_there_is_no_set(world: World, http: httpx.AsyncClient) -> None:
    world.answer(public_keys, failing(Unavailable()))

    refused(await http.get(PATH), 503, "SERVICE_UNAVAILABLE", "Service unavailable")


@dataclass(slots=True)
class Auth:
    """Publishes its keys, counts, and can be away."""

    asked: int = 0
    is_away: bool = False
    now: float = 1000.0

    async def call(self, _: object, __: Nothing) -> PublicKeys:
        self.asked += 1
        await asyncio.sleep(0)
        if self.is_away:
            raise Unavailable
        return KEYS

    def clock(self) -> float:
        return self.now


async def test_after_some_seconds_auth_is_asked_again_and_where_it_is_away_its_last_word_stands() -> None:
    there = Auth()
    client: Any = there
    keys = KeySet(client, clock=there.clock)
    first = await keys.current(a_call())

    there.is_away = True
    there.now += 5.1
    assert await asyncio.gather(*(keys.current(a_call()) for _ in range(5))) == [first] * 5
    assert there.asked == 2
    assert await keys.current(a_call()) == first
    assert there.asked == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_it_can_only_be_read(http: httpx.AsyncClient, method: str) -> None:
    answer = await http.request(method, PATH)

    refused(answer, 405, "METHOD_NOT_ALLOWED", "Method not allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
