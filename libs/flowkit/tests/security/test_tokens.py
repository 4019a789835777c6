"""One algorithm, one issuer, every claim, our own keys."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flowkit.contract import Identity
from flowkit.security.tokens import ACCESS, INTERNAL, BadToken, SigningKey, UnknownKey, verify

ADA = Identity(id="1", email="ada@example.org", role="customer")
KEY = SigningKey("k1", Ed25519PrivateKey.generate())
KEYS = {"k1": KEY.key.public_key()}


def claims(**changed: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    good = {
        "iss": "flow-auth",
        "aud": "flow-api",
        "sub": "1",
        "email": "a@b",
        "role": "admin",
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(minutes=1),
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def forged(header: dict[str, Any] | None = None, **changed: Any) -> str:
    return jwt.encode(claims(**changed), KEY.key, "EdDSA", headers={"kid": "k1", "typ": "at+jwt"} | (header or {}))


def test_a_token_tells_whom_it_was_made_for() -> None:
    assert verify(KEY.sign(ACCESS, ADA, timedelta(minutes=1)), ACCESS, KEYS).identity == ADA


def test_the_forgeries_below_differ_from_a_good_token_in_one_thing_only() -> None:
    assert verify(forged(), ACCESS, KEYS).identity.role == "admin"


AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)
IN_AN_HOUR = datetime.now(UTC) + timedelta(hours=1)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "someone-else"},
        {"iss": None},
        {"aud": "internal"},
        {"aud": ["flow-api", "internal"]},
        {"aud": None},
        {"exp": AN_HOUR_AGO},
        {"exp": None},
        {"nbf": IN_AN_HOUR},
        {"nbf": None},
        {"iat": None},
        {"sub": None},
        {"role": "root"},
        {"role": None},
        {"email": None},
        {"email": 5},
        {"root": "yes"},
    ],
)
def test_a_claim_that_is_wrong_or_missing_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        verify(forged(**changed), ACCESS, KEYS)


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": "identity+jwt"}, {"kid": None}, {"kid": 7}])
def test_a_header_that_is_wrong_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        verify(_with_header(forged(), header), ACCESS, KEYS)


def _with_header(token: str, changed: dict[str, Any]) -> str:
    head, rest = token.split(".", 1)
    fields = json.loads(base64.urlsafe_b64decode(head + "==")) | changed
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode() + "." + rest


def test_an_identity_is_no_access_token_and_the_other_way_round() -> None:
    for made, asked in ((INTERNAL, ACCESS), (ACCESS, INTERNAL)):
        with pytest.raises(BadToken):
            verify(KEY.sign(made, ADA, timedelta(minutes=1)), asked, KEYS)


def test_a_key_of_nobodys_is_told_apart_from_a_bad_signature() -> None:
    stranger = SigningKey("k2", Ed25519PrivateKey.generate())
    impostor = SigningKey("k1", Ed25519PrivateKey.generate())

    with pytest.raises(UnknownKey):
        verify(stranger.sign(ACCESS, ADA, timedelta(minutes=1)), ACCESS, KEYS)
    with pytest.raises(BadToken):
        verify(impostor.sign(ACCESS, ADA, timedelta(minutes=1)), ACCESS, KEYS)


def test_no_other_algorithm_is_taken() -> None:
    unsigned = jwt.encode(claims(), "", "none", headers={"kid": "k1", "typ": "at+jwt"})
    public = KEY.key.public_key().public_bytes_raw()
    confused = jwt.encode(claims(), public, "HS256", headers={"kid": "k1", "typ": "at+jwt"})
    for token in (unsigned, confused):
        with pytest.raises(BadToken):
            verify(token, ACCESS, KEYS)


@pytest.mark.parametrize("junk", ["", ".", "..", "a.b.c", "\x00", "é.é.é", "x" * 5000, "." * 100])
def test_junk_is_refused(junk: str) -> None:
    with pytest.raises(BadToken):
        verify(junk, ACCESS, KEYS)
