"""Tokens signed with the cluster's own key, and yet not good: what they claim decides."""

import base64
import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import jwt
import pytest
from auth_service.seal import Seal
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.people import bearer

from .answers import data_of, refused
from .bus import Bus
from .records import records

ME = "/api/v1/auth/me"
LIST = "api.v1.admin.getList"
ACCESS = ("at+jwt", "flow-api")
INTERNAL = ("identity+jwt", "internal")


@dataclass(frozen=True, slots=True)
class Signer:
    """In possession of auth's key, as nobody should be."""

    kid: str
    key: Ed25519PrivateKey
    session: str

    def sign(self, kind: tuple[str, str], **claims: object) -> str:
        """A token like auth's own, but for what is given; None leaves a claim out."""
        now = time.time()
        usual = {"iss": "flow-auth", "aud": kind[1], "sub": str(uuid4()), "email": "root@example.org", "role": "admin"}
        told = usual | {"root": True, "sid": self.session, "iat": now, "nbf": now, "exp": now + 60} | claims
        stated = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(stated, self.key, "EdDSA", headers={"kid": self.kid, "typ": kind[0]})


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


@pytest.fixture(scope="module")
async def signer(cluster: Running, people: People) -> Signer:
    session = claims_of((await people.root()).token)["sid"]
    async with records(cluster.database_url("auth")) as stored:
        kid = await stored.one("SELECT kid FROM signing_keys")
        raw = await stored.one("SELECT private_key FROM signing_keys")
    opened = Seal(bytes.fromhex(cluster.encryption_key)).open(raw, kid)
    return Signer(kid, Ed25519PrivateKey.from_private_bytes(opened), session)


MINUTE = 60
CLAIMS: dict[str, dict[str, object]] = {
    "expired": {"exp": -MINUTE},
    "not yet valid": {"nbf": MINUTE},
    "of another issuer": {"iss": "somebody"},
    "for another audience": {"aud": "flow-other"},
    "for several audiences": {"aud": ["flow-api", "internal"]},
    "without an end": {"exp": None},
    "without a beginning": {"nbf": None},
    "without an audience": {"aud": None},
    "without an issuer": {"iss": None},
    "without a subject": {"sub": None},
    "of an unknown role": {"role": "emperor"},
    "without a role": {"role": None},
    "with a root that is no yes or no": {"root": "yes"},
}


def dated(claims: dict[str, object]) -> dict[str, object]:
    return {
        name: time.time() + value if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in claims.items()
    }


async def test_the_signer_can_make_good_ones(http: AsyncClient, bus: Bus, signer: Signer) -> None:
    """Else what follows would show nothing."""
    me = data_of(await http.get(ME, headers=bearer(signer.sign(ACCESS))))

    assert (me["email"], me["role"], me["root"]) == ("root@example.org", "admin", True)
    assert (await bus.ask(LIST, {}, flow_identity=signer.sign(INTERNAL))).body["status"] == 200


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS.keys())
async def test_a_token_is_refused(http: AsyncClient, signer: Signer, claims: dict[str, object]) -> None:
    answer = await http.get(ME, headers=bearer(signer.sign(ACCESS, **dated(claims))))

    refused(answer, 401, "UNAUTHORIZED", "Invalid token")


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS.keys())
async def test_an_identity_is_refused(bus: Bus, signer: Signer, claims: dict[str, object]) -> None:
    reply = await bus.ask(LIST, {}, flow_identity=signer.sign(INTERNAL, **dated(claims)))

    assert reply.told == (401, "UNAUTHORIZED", "Not authenticated")


@pytest.mark.parametrize("head", [{"typ": "JWT"}, {"typ": None}, {"kid": "unknown"}, {"kid": None}, {"kid": 7}])
async def test_another_type_or_key_is_refused(
    http: AsyncClient, bus: Bus, signer: Signer, head: dict[str, Any]
) -> None:
    by_http = await http.get(ME, headers=bearer(forged_head(signer, ACCESS, head)))
    on_the_bus = await bus.ask(LIST, {}, flow_identity=forged_head(signer, INTERNAL, head))

    refused(by_http, 401, "UNAUTHORIZED", "Invalid token")
    assert on_the_bus.told == (401, "UNAUTHORIZED", "Not authenticated")


def forged_head(signer: Signer, kind: tuple[str, str], head: dict[str, Any]) -> str:
    """Signed with the right key over a head that no library would write."""
    payload = signer.sign(kind).split(".")[1]
    named = {"alg": "EdDSA", "kid": signer.kid, "typ": kind[0]} | head
    stated = {name: value for name, value in named.items() if value is not None}
    signed = f"{_text(json.dumps(stated).encode())}.{payload}"
    return f"{signed}.{_text(signer.key.sign(signed.encode()))}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
