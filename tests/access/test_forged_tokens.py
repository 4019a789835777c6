"""Forged and altered tokens, on every protected route and every protected contract of a running cluster: none is taken.

Each good one is tried first: what is refused is refused for what was forged, and for nothing else.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
from auth_service.seal import Seal
from contracts import auth
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flowkit.security.tokens import ACCESS, INTERNAL, SERVICE, Kind
from flowkit.testing.forgeries import FORGERIES, Forger
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.starter import Starter
from tests.integration.bus import Bus, connected
from tests.integration.records import records

from .surface import CALLERS, CONTRACTS, FOR_SERVICES, FOR_USERS, ROUTED, send

PROTECTED = [subject for subject in FOR_USERS if CONTRACTS[subject].access.needs_identity]
KINDS = (ACCESS, INTERNAL, SERVICE)
# Of a header's value no end of a line is part, so on the wire this one would be a good one.
NO_HEADER = "a newline behind"
# Longer than a request's head may be: it is refused as that.
NO_SUCH_HEAD = {"100 kB": 431}
AT_ONCE = 16
# No payload fits: a good token gets as far as this, and nothing is done in anybody's name.
_ID = "0190b7a0-3c5e-7d11-9f3a-5b1f8f1c2d3e"
UNFIT = {"id": _ID, "customerId": _ID, "nobody": "knows this"}

type Try = Callable[[str], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Forgers:
    """One with the key that signs, one with the key that signed before it."""

    now: Forger
    before: Forger

    def served_by(self, service: str) -> "Forgers":
        return Forgers(replace(self.now, service=service), replace(self.before, service=service))

    def forged(self, kind: Kind) -> dict[str, str]:
        tokens = {name: forge(self.now, kind) for name, forge in FORGERIES.items() if name != NO_HEADER}
        others = {f"{other.type} as {kind.type}": self.now.good(other) for other in KINDS if other is not kind}
        return tokens | others | {"a key that was rotated out": self.before.good(kind)}


@pytest.fixture(scope="module")
async def own(starter: Starter) -> AsyncGenerator[Running]:
    """A cluster of its own: whoever forges here has had a key that is gone, and with it all it signed."""
    async with starter.started({"KEY_LEAD_S": "0"}) as running:
        yield running
        running.assert_well_behaved()


@pytest.fixture(scope="module")
async def here(own: Running) -> AsyncGenerator[AsyncClient]:
    async with AsyncClient(base_url=own.gateway_url, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
async def buses(own: Running) -> AsyncGenerator[Mapping[str, Bus]]:
    """By the name of whose credentials they have."""
    async with AsyncExitStack() as opened:
        yield {name: await opened.enter_async_context(connected(url)) for name, url in own.nats_urls.items()}


@pytest.fixture(scope="module")
async def forgers(own: Running, here: AsyncClient, buses: Mapping[str, Bus]) -> Forgers:
    before = await key_of(own)
    rotated = await buses["operator"].ask_as("operator", auth.rotate_keys.subject, {"atOnce": True})
    assert rotated.body["success"]
    root = await People(here, own.root_password).root()
    async with records(own.database_url("auth")) as stored:
        session = str(await stored.one("SELECT id FROM sessions"))
    return Forgers(*(replace(key, person=root.id, session=session) for key in (await key_of(own), before)))


async def key_of(cluster: Running) -> Forger:
    async with records(cluster.database_url("auth")) as stored:
        kid = await stored.one("SELECT kid FROM signing_keys")
        sealed = await stored.one("SELECT private_key FROM signing_keys")
    opened = Seal(bytes.fromhex(cluster.encryption_key)).open(sealed, kid)
    return Forger(Ed25519PrivateKey.from_private_bytes(opened), kid)


def test_there_are_enough_of_them() -> None:
    assert len(FORGERIES) >= 40
    assert len(PROTECTED) > 10
    assert len(FOR_SERVICES) > 5


@pytest.mark.parametrize("subject", sorted(set(PROTECTED) & set(ROUTED)))
async def test_no_route_takes_one_for_a_token(subject: str, forgers: Forgers, here: AsyncClient) -> None:
    async def bearing(token: str) -> int:
        shown = {b"authorization": f"Bearer {token}".encode()}
        return (await send(here, ROUTED[subject], UNFIT, shown)).status_code

    await all_are_refused(bearing, forgers, ACCESS, NO_SUCH_HEAD)


@pytest.mark.parametrize("subject", PROTECTED)
async def test_no_contract_takes_one_for_an_identity(subject: str, forgers: Forgers, buses: Mapping[str, Bus]) -> None:
    async def bearing(token: str) -> int:
        return (await buses["operator"].ask(subject, UNFIT, flow_identity=token)).body["status"]

    await all_are_refused(bearing, forgers, INTERNAL)


@pytest.mark.parametrize("subject", FOR_SERVICES)
async def test_no_contract_takes_one_for_a_badge(subject: str, forgers: Forgers, buses: Mapping[str, Bus]) -> None:
    caller = CALLERS[subject]

    async def bearing(token: str) -> int:
        return (await buses[caller].ask(subject, UNFIT, flow_service=token)).body["status"]

    await all_are_refused(bearing, forgers.served_by(caller), SERVICE)


async def all_are_refused(bearing: Try, forgers: Forgers, kind: Kind, odd: Mapping[str, int] | None = None) -> None:
    assert await bearing(forgers.now.good(kind)) not in (401, 500, 503)
    forged, turns = forgers.forged(kind), asyncio.Semaphore(AT_ONCE)

    async def one(token: str) -> int:
        async with turns:
            return await bearing(token)

    told = dict(zip(forged, await asyncio.gather(*map(one, forged.values())), strict=True))

    assert told == dict.fromkeys(forged, 401) | dict(odd or {})
