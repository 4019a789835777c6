"""Forged and altered tokens, each a good one but for one thing: none is taken for anything."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flowkit.security.tokens import ACCESS, INTERNAL, SERVICE, BadToken, Kind, verify, verify_service

KEY, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEYS = {"k1": KEY.public_key()}
KINDS = (ACCESS, INTERNAL, SERVICE)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
DER = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
RAW = KEY.public_key().public_bytes_raw()


ODD_ENDS: tuple[Any, ...] = ("9999999999", True, -1, 0, [9999999999], {}, 10**300, float("inf"), float("nan"))


def b64(raw: bytes | str) -> str:
    return base64.urlsafe_b64encode(raw if isinstance(raw, bytes) else raw.encode()).rstrip(b"=").decode()


def claims(kind: Kind, **changed: object) -> str:
    now = int(time.time())
    good = {"iss": "flow-auth", "aud": kind.audience, "sub": "1", "email": "a@b", "role": "admin", "root": True}
    told = good | {"iat": now, "nbf": now, "exp": now + 60} | changed
    return json.dumps({name: value for name, value in told.items() if value is not None})


def header(kind: Kind, **changed: object) -> str:
    told = {"alg": "EdDSA", "kid": "k1", "typ": kind.type} | changed
    return json.dumps({name: value for name, value in told.items() if value is not None})


def signed(head: str, body: str, key: Ed25519PrivateKey = KEY) -> str:
    text = f"{b64(head)}.{b64(body)}"
    return f"{text}.{b64(key.sign(text.encode()))}"


def mac(kind: Kind, secret: bytes) -> str:
    text = f"{b64(header(kind, alg='HS256'))}.{b64(claims(kind))}"
    return f"{text}.{b64(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def good(kind: Kind) -> str:
    return signed(header(kind), claims(kind))


type Forge = Callable[[Kind], str]
JWK = {"kty": "OKP", "crv": "Ed25519", "x": b64(STRANGER.public_key().public_bytes_raw())}


def with_head(key: Ed25519PrivateKey = KEY, /, **changed: Any) -> Forge:
    return lambda kind: signed(header(kind, **changed), claims(kind), key)


def with_claims(**changed: Any) -> Forge:
    return lambda kind: signed(header(kind), claims(kind, **changed))


def raw_claim(name: str, literal: str) -> Forge:
    return lambda kind: signed(header(kind), claims(kind, **{name: "@"}).replace('"@"', literal))


LED_ASTRAY: dict[str, Any] = {"jku": "https://evil/jwks", "x5u": "https://evil", "x5c": ["MA"], "jwk": JWK}
UNKNOWN: dict[str, Any] = {"crit": ["exp"], "b64": False, "cty": "JWT", "zip": "DEF", "jwk": JWK}

FORGERIES: dict[str, Forge] = {
    **{f"alg {alg}": with_head(alg=alg) for alg in ("none", "None", "NONE", "nOnE", "", "HS256", "RS256", "eddsa", 7)},
    **{f"unsigned, alg {a}": lambda k, a=a: f"{b64(header(k, alg=a))}.{b64(claims(k))}." for a in ("none", "NONE")},
    **{
        f"HS256 with the public key, {n}": lambda k, s=s: mac(k, s)
        for n, s in (("PEM", PEM), ("DER", DER), ("raw", RAW))
    },
    **{
        f"kid {kid!r:.20}": with_head(kid=kid)
        for kid in ("../../k1", "k1' OR '1'='1", ["k1"], None, 7, "", "k" * 3000, "k1\x00", {"k": 1}, True, "K1")
    },
    **{f"header {name}": with_head(STRANGER, **{name: value}) for name, value in LED_ASTRAY.items()},
    **{f"our signature, header {name}": with_head(**{name: value}) for name, value in UNKNOWN.items()},
    "another key under our kid": with_head(STRANGER),
    "typ JWT": with_head(typ="JWT"),
    "no typ": with_head(typ=None),
    **{
        f"aud {aud!r}": with_claims(aud=aud)
        for aud in (None, "", "flow-other", [], ["flow-api", "internal", "service"])
    },
    "aud in a list": lambda k: signed(header(k), claims(k, aud=[k.audience])),
    **{f"iss {iss!r}": with_claims(iss=iss) for iss in (None, "", "evil", ["flow-auth"])},
    **{f"without {name}": with_claims(**{name: None}) for name in ("sub", "exp", "nbf", "iat")},
    **{f"exp {exp!r:.20}": with_claims(exp=exp) for exp in ODD_ENDS},
    "exp 1e400": raw_claim("exp", "1e400"),
    "exp of 5000 digits": raw_claim("exp", "9" * 5000),
    "nbf in an hour": with_claims(nbf=time.time() + 3600),
    "iat in an hour": with_claims(iat=time.time() + 3600),
    "100 kB": with_claims(pad="x" * 100_000),
    "a claim said twice": lambda k: signed(header(k), claims(k)[:-1] + ', "sub": "2"}'),
    "a header said twice": lambda k: signed(header(k)[:-1] + ', "alg": "EdDSA"}', claims(k)),
    "claims in a list": lambda k: signed(header(k), f"[{claims(k)}]"),
    "claims nested deeply": lambda k: signed(header(k), "[" * 1500),
    "five parts, as a JWE": lambda k: f"{good(k)}.AA.AA",
    "in JSON": lambda k: json.dumps(dict(zip(("protected", "payload", "signature"), good(k).split("."), strict=True))),
    "without its signature": lambda k: good(k).rpartition(".")[0],
    "an empty signature": lambda k: good(k).rpartition(".")[0] + ".",
    "a signature of zeros": lambda k: good(k).rpartition(".")[0] + "." + b64(bytes(64)),
    "the signature of another": lambda k: good(k).rpartition(".")[0] + "." + with_claims(sub="2")(k).rpartition(".")[2],
    "padded": lambda k: good(k) + "==",
    "a byte behind": lambda k: good(k) + "A",
    "a newline behind": lambda k: good(k) + "\n",
    "a letter of Unicode": lambda k: "\uff45" + good(k)[1:],
    "spare bits in the signature": lambda k: good(k)[:-1] + chr(ord(good(k)[-1]) + 1),
}


def taken(token: str, kind: Kind) -> object:
    return verify_service(token, KEYS) if kind is SERVICE else verify(token, kind, KEYS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_what_is_forged_below_is_good_but_for_one_thing(kind: Kind) -> None:
    assert taken(good(kind), kind)
    assert len(FORGERIES) >= 40


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forgery_is_refused(forge: Forge, kind: Kind) -> None:
    with pytest.raises(BadToken):
        taken(forge(kind), kind)


@pytest.mark.parametrize(("made", "asked"), [(made, asked) for made in KINDS for asked in KINDS if made is not asked])
def test_one_kind_is_never_taken_for_another(made: Kind, asked: Kind) -> None:
    with pytest.raises(BadToken):
        taken(good(made), asked)
