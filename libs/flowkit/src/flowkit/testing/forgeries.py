"""Tokens forged or altered, each a good one but for one thing: none is ever to be taken for anything."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from flowkit.security.tokens import SERVICE, Kind


def b64(raw: bytes | str) -> str:
    return base64.urlsafe_b64encode(raw if isinstance(raw, bytes) else raw.encode()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Forger:
    """In possession of auth's key, as nobody should be. `stranger` is a key that auth has nothing to do with."""

    key: Ed25519PrivateKey = field(repr=False)
    kid: str = "k1"
    person: str = "1"
    session: str = ""
    service: str = "gateway"
    stranger: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate, repr=False)

    def claims(self, kind: Kind, **changed: object) -> str:
        now = int(time.time())
        who = {"sub": self.service if kind is SERVICE else self.person, "email": "a@b", "role": "admin", "root": True}
        good = {"iss": "flow-auth", "aud": kind.audience, "sid": self.session} | who
        return _json(good | {"iat": now, "nbf": now, "exp": now + 60} | changed)

    def header(self, kind: Kind, **changed: object) -> str:
        return _json({"alg": "EdDSA", "kid": self.kid, "typ": kind.type} | changed)

    def signed(self, head: str, body: str) -> str:
        return _signed(head, body, self.key)

    def by_a_stranger(self, head: str, body: str) -> str:
        return _signed(head, body, self.stranger)

    def good(self, kind: Kind, **changed: object) -> str:
        return self.signed(self.header(kind), self.claims(kind, **changed))


def _json(told: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in told.items() if value is not None})


def _signed(head: str, body: str, key: Ed25519PrivateKey) -> str:
    text = f"{b64(head)}.{b64(body)}"
    return f"{text}.{b64(key.sign(text.encode()))}"


type Forge = Callable[[Forger, Kind], str]


def _head(**changed: Any) -> Forge:
    return lambda us, kind: us.signed(us.header(kind, **changed), us.claims(kind))


def _strangers_head(**changed: Any) -> Forge:
    return lambda us, kind: us.by_a_stranger(us.header(kind, **changed), us.claims(kind))


def _strangers_jwk(us: Forger, kind: Kind) -> str:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(us.stranger.public_key().public_bytes_raw())}
    return _strangers_head(jwk=jwk)(us, kind)


def _claims(**changed: Any) -> Forge:
    return lambda us, kind: us.good(kind, **changed)


def _soon(name: str) -> Forge:
    return lambda us, kind: us.good(kind, **{name: time.time() + 3600})


def _literal(name: str, literal: str) -> Forge:
    """What no library would write."""
    return lambda us, kind: us.signed(us.header(kind), us.claims(kind, **{name: "@"}).replace('"@"', literal))


def _unsigned(algorithm: str) -> Forge:
    return lambda us, kind: f"{b64(us.header(kind, alg=algorithm))}.{b64(us.claims(kind))}."


def _mac(encoding: Encoding) -> Forge:
    """The public key, which everybody has, taken for a secret."""
    form = PublicFormat.Raw if encoding is Encoding.Raw else PublicFormat.SubjectPublicKeyInfo

    def forge(us: Forger, kind: Kind) -> str:
        text = f"{b64(us.header(kind, alg='HS256'))}.{b64(us.claims(kind))}"
        known = us.key.public_key().public_bytes(encoding, form)
        return f"{text}.{b64(hmac.digest(known, text.encode(), hashlib.sha256))}"

    return forge


def _without_signature(us: Forger, kind: Kind, instead: str = "") -> str:
    return us.good(kind).rpartition(".")[0] + instead


def _of_another(us: Forger, kind: Kind) -> str:
    return _without_signature(us, kind, "." + us.good(kind, sub="2").rpartition(".")[2])


def _as_json(us: Forger, kind: Kind) -> str:
    return json.dumps(dict(zip(("protected", "payload", "signature"), us.good(kind).split("."), strict=True)))


def _claim_twice(us: Forger, kind: Kind) -> str:
    return us.signed(us.header(kind), us.claims(kind)[:-1] + ', "sub": "2"}')


def _header_twice(us: Forger, kind: Kind) -> str:
    return us.signed(us.header(kind)[:-1] + ', "alg": "EdDSA"}', us.claims(kind))


def _spare_bits(us: Forger, kind: Kind) -> str:
    good = us.good(kind)
    return good[:-1] + chr(ord(good[-1]) + 1)


_ALGORITHMS = ("none", "None", "NONE", "nOnE", "", "HS256", "RS256", "eddsa", 7)
_ENCODINGS = {"PEM": Encoding.PEM, "DER": Encoding.DER, "raw": Encoding.Raw}
_PATH_OR_SQL = ("../../k1", "k1' OR '1'='1")
_KIDS: tuple[Any, ...] = (*_PATH_OR_SQL, ["k1"], None, 7, "", "k" * 3000, "k1\x00", {"k": 1}, True, "K1")
_LED_ASTRAY: dict[str, Any] = {"jku": "https://evil/jwks", "x5u": "https://evil", "x5c": ["MA"]}
_UNKNOWN: dict[str, Any] = {"crit": ["exp"], "b64": False, "cty": "JWT", "zip": "DEF", "jwk": {"kty": "OKP"}}
_AUDIENCES: tuple[Any, ...] = (None, "", "flow-other", [], ["flow-api", "internal", "service"])
_ODD_ENDS: tuple[Any, ...] = ("9999999999", True, -1, 0, [9999999999], {}, 10**300, float("inf"), float("nan"))

FORGERIES: Final[dict[str, Forge]] = {
    **{f"alg {alg}": _head(alg=alg) for alg in _ALGORITHMS},
    **{f"unsigned, alg {alg}": _unsigned(alg) for alg in ("none", "NONE")},
    **{f"HS256 with the public key, {name}": _mac(encoding) for name, encoding in _ENCODINGS.items()},
    **{f"kid {kid!r:.20}": _head(kid=kid) for kid in _KIDS},
    **{f"header {name}": _strangers_head(**{name: value}) for name, value in _LED_ASTRAY.items()},
    "header jwk": _strangers_jwk,
    **{f"our signature, header {name}": _head(**{name: value}) for name, value in _UNKNOWN.items()},
    "another key under our kid": _strangers_head(),
    "typ JWT": _head(typ="JWT"),
    "no typ": _head(typ=None),
    **{f"aud {aud!r}": _claims(aud=aud) for aud in _AUDIENCES},
    "aud in a list": lambda us, kind: us.good(kind, aud=[kind.audience]),
    **{f"iss {iss!r}": _claims(iss=iss) for iss in (None, "", "evil", ["flow-auth"])},
    **{f"without {name}": _claims(**{name: None}) for name in ("sub", "exp", "nbf", "iat")},
    **{f"exp {exp!r:.20}": _claims(exp=exp) for exp in _ODD_ENDS},
    "exp 1e400": _literal("exp", "1e400"),
    "exp of 5000 digits": _literal("exp", "9" * 5000),
    "nbf in an hour": _soon("nbf"),
    "iat in an hour": _soon("iat"),
    "100 kB": _claims(pad="x" * 100_000),
    "a claim said twice": _claim_twice,
    "a header said twice": _header_twice,
    "claims in a list": lambda us, kind: us.signed(us.header(kind), f"[{us.claims(kind)}]"),
    "claims nested deeply": lambda us, kind: us.signed(us.header(kind), "[" * 1500),
    "five parts, as a JWE": lambda us, kind: f"{us.good(kind)}.AA.AA",
    "in JSON": _as_json,
    "without its signature": _without_signature,
    "an empty signature": lambda us, kind: _without_signature(us, kind, "."),
    "a signature of zeros": lambda us, kind: _without_signature(us, kind, "." + b64(bytes(64))),
    "the signature of another": _of_another,
    "padded": lambda us, kind: us.good(kind) + "==",
    "a byte behind": lambda us, kind: us.good(kind) + "A",
    "a newline behind": lambda us, kind: us.good(kind) + "\n",
    "a letter of Unicode": lambda us, kind: "\uff45" + us.good(kind)[1:],
    "spare bits in the signature": _spare_bits,
}
