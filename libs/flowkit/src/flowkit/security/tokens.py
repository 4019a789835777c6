"""Ed25519 tokens: one algorithm, one issuer, every claim required, keys from our own set only."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from flowkit.contract import Identity

ALGORITHM: Final = "EdDSA"
ISSUER: Final = "flow-auth"
# Two services' clocks may differ by this much.
LEEWAY_S: Final = 5
LONGEST: Final = 4096
# No identity is vouched for longer than this: so long it must be known which sessions have ended.
LONGEST_IDENTITY_S: Final = 900
_REQUIRED: Final = ["iss", "aud", "sub", "exp", "nbf", "iat"]

type PublicKeys = Mapping[str, Ed25519PublicKey]


class BadToken(Exception):
    """Not a token of ours, or not one for this audience, or not valid now. Its text is for our logs alone."""


class UnknownKey(BadToken):
    """Signed with a key this process has not heard of (yet)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a token is for. One kind is never taken for the other: type and audience differ."""

    type: str
    audience: str


ACCESS: Final = Kind("at+jwt", "flow-api")
INTERNAL: Final = Kind("identity+jwt", "internal")


@dataclass(frozen=True, slots=True)
class Proven:
    identity: Identity
    expires_at: float


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    key: Ed25519PrivateKey

    def sign(self, kind: Kind, identity: Identity, lifetime: timedelta) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": kind.audience,
            "sub": identity.id,
            "jti": secrets.token_hex(8),  # two made in one second are told apart
            "email": identity.email,
            "role": identity.role,
            "root": identity.root,
            "sid": identity.session,
            "contracts": identity.contracts,
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
        }
        return jwt.encode(claims, self.key, ALGORITHM, headers={"kid": self.kid, "typ": kind.type})


def verify(token: str, kind: Kind, keys: PublicKeys) -> Proven:
    """Whom the token stands for; raises BadToken for anything but a valid one of this kind."""
    key = _key_of(token, kind, keys)
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=kind.audience,
            issuer=ISSUER,
            leeway=LEEWAY_S,
            options={"require": _REQUIRED, "strict_aud": True},
        )
        # msgspec checks types where it converts, so a signed but ill-formed identity does not get through either.
        return Proven(msgspec.convert(_told(claims), Identity), float(claims["exp"]))
    except (jwt.PyJWTError, KeyError, msgspec.ValidationError) as fault:
        raise BadToken(str(fault)) from fault


def _told(claims: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": claims["sub"],
        "email": claims["email"],
        "role": claims["role"],
        "root": claims.get("root", False),
        "session": claims.get("sid", ""),
        "contracts": claims.get("contracts", ()),
    }


def _key_of(token: str, kind: Kind, keys: PublicKeys) -> Ed25519PublicKey:
    if len(token) > LONGEST:
        raise BadToken("too long")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as fault:
        raise BadToken(str(fault)) from fault
    if header.get("typ") != kind.type or header.get("alg") != ALGORITHM:
        raise BadToken("another type or algorithm")
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise BadToken("no key id")
    if kid not in keys:
        raise UnknownKey("unknown key")
    return keys[kid]
