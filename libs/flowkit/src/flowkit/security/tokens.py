"""Ed25519 tokens: one algorithm, one issuer, one spelling, every claim required, keys from our own set only."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta, Struct

from flowkit.contract import Identity, Role
from flowkit.security import compact
from flowkit.security.compact import Unreadable

ALGORITHM: Final = "EdDSA"
ISSUER: Final = "flow-auth"
# Two services' clocks may differ by this much.
LEEWAY_S: Final = 5
LONGEST: Final = 4096
# No identity is vouched for longer than this: so long it must be known which sessions have ended.
LONGEST_IDENTITY_S: Final = 900


type PublicKeys = Mapping[str, Ed25519PublicKey]


class BadToken(Exception):
    """Not a token of ours, or not one for this audience, or not valid now. Its text is for our logs alone."""


class UnknownKey(BadToken):
    """Signed with a key this process has not heard of (yet)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a token is for. One kind is never taken for the other: type and audience differ.

    One that says it lives longer than `longest_s` was not made by us, whoever signed it.
    """

    type: str
    audience: str
    longest_s: float


ACCESS: Final = Kind("at+jwt", "flow-api", 86_400)
INTERNAL: Final = Kind("identity+jwt", "internal", LONGEST_IDENTITY_S)
SERVICE: Final = Kind("service+jwt", "service", 900)


@dataclass(frozen=True, slots=True)
class Proven:
    identity: Identity
    expires_at: float


@dataclass(frozen=True, slots=True)
class ProvenService:
    name: str
    expires_at: float


class _Header(Struct, frozen=True, forbid_unknown_fields=True):
    """All that a header of ours says. `crit`, `jku`, `jwk`, `x5u` and whatever else are nobody's business here."""

    alg: Literal["EdDSA"]
    typ: str
    kid: Annotated[str, Meta(min_length=1, max_length=64)]


class _Claims(Struct, frozen=True, kw_only=True):
    """What every kind says; a number is a number, and neither text nor a yes or no."""

    iss: str
    aud: str
    sub: Annotated[str, Meta(min_length=1, max_length=64)]
    iat: float
    nbf: float
    exp: float


class _Person(_Claims, frozen=True, kw_only=True):
    email: str
    role: Role
    root: bool = False
    sid: str = ""
    contracts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    key: Ed25519PrivateKey

    def sign(self, kind: Kind, identity: Identity, lifetime: timedelta) -> str:
        told = {
            "sub": identity.id,
            "email": identity.email,
            "role": identity.role,
            "root": identity.root,
            "sid": identity.session,
            "contracts": identity.contracts,
        }
        return self._sign(kind, told, lifetime)

    def sign_service(self, name: str, lifetime: timedelta) -> str:
        return self._sign(SERVICE, {"sub": name}, lifetime)

    def _sign(self, kind: Kind, told: dict[str, Any], lifetime: timedelta) -> str:
        now = int(time.time())
        when = {"iat": now, "nbf": now, "exp": now + int(lifetime.total_seconds())}
        # Two made in one second are told apart by `jti`.
        claims = {"iss": ISSUER, "aud": kind.audience, "jti": secrets.token_hex(8), **told, **when}
        return jwt.encode(claims, self.key, ALGORITHM, headers={"kid": self.kid, "typ": kind.type})


def verify(token: str, kind: Kind, keys: PublicKeys) -> Proven:
    """Whom the token stands for; raises BadToken for anything but a valid one of this kind."""
    told = _verified(token, kind, keys, _Person)
    identity = Identity(
        id=told.sub, email=told.email, role=told.role, root=told.root, session=told.sid, contracts=told.contracts
    )
    return Proven(identity, told.exp)


def verify_service(token: str, keys: PublicKeys) -> ProvenService:
    told = _verified(token, SERVICE, keys, _Claims)
    return ProvenService(told.sub, told.exp)


def _verified[Told: _Claims](token: str, kind: Kind, keys: PublicKeys, told: type[Told]) -> Told:
    try:
        parts = compact.read(token, LONGEST)
        header = msgspec.convert(parts.header, _Header)
        _check_signature(token, header, kind, keys)
        claims = msgspec.convert(parts.claims, told)
    except (Unreadable, msgspec.ValidationError, jwt.PyJWTError) as fault:
        raise BadToken(str(fault)) from fault
    _check_claims(claims, kind)
    return claims


def _check_signature(token: str, header: _Header, kind: Kind, keys: PublicKeys) -> None:
    if header.typ != kind.type:
        raise BadToken("another type")
    if header.kid not in keys:
        raise UnknownKey("unknown key")
    jwt.PyJWS().decode_complete(token, keys[header.kid], algorithms=[ALGORITHM])


def _check_claims(claims: _Claims, kind: Kind) -> None:
    now = time.time()
    if claims.iss != ISSUER or claims.aud != kind.audience:
        raise BadToken("another issuer or audience")
    if claims.exp <= now - LEEWAY_S:
        raise BadToken("it has run out")
    if max(claims.nbf, claims.iat) > now + LEEWAY_S:
        raise BadToken("it is not valid yet")
    if claims.exp - claims.iat > kind.longest_s:
        raise BadToken("it would live longer than any of ours")
