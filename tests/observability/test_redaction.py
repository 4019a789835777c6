"""Planted secrets do not pass the collector; what only looks like one does."""

import json
from typing import Final

import pytest
from flowkit.secret import REDACTED
from flowkit.telemetry import names

from .expressions import Unreadable, compiled
from .redaction import HASHED, MASKED, patterns, redacted_attribute, redacted_text

JWT: Final = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTkwIn0.c2lnbmF0dXJl-_x"
PASSWORD: Final = 'correct "horse" battery'
# Those in pieces are so that no scanner of sources takes them for real ones.
SECRETS: Final = {
    "a token": (f"sent {JWT} there", JWT),
    "a token cut short": (f"sent {JWT[:50]}", JWT[22:50]),
    "a refresh token": ("token flr_" + "0123456789abcdefABCD was spent", "0123456789"),
    "an API key": ("key fak_" + "0123456789abcdef" * 2 + "_0123456789 was refused", "0123456789"),
    "a bearer": ("Bearer 0123456789abcdef0123 refused", "0123456789abcdef"),
    "a header": ("authorization: Basic YTpi", "YTpi"),
    "a header in JSON": ('{"Authorization": "Basic YTpi"}', "YTpi"),
    "a password in JSON": (json.dumps({"password": PASSWORD}), "horse"),
    "its end, after a quote": (json.dumps({"password": PASSWORD}), "battery"),
    "a password in JSON in JSON": (json.dumps({"body": json.dumps({"newPassword": "hunter2 three"})}), "three"),
    "a password in brackets": ('{"password": "[hunter2]"}', "hunter2"),
    "a password in a repr": ("{'password': 'hunter2 three'}", "three"),
    "a password in a query": ("/login?email=x&password=hunter2&next=1", "hunter2"),
    "a secret in a setting": ("CLIENT_SECRET=hunter2", "hunter2"),
    "a key in a query": ("/v1?api_key=0190abcd", "0190abcd"),
    "a password in a URL": ("cannot reach nats://flow:hunter2@nats:4222", "hunter2"),
    "a password in a URL, odd": ("postgresql://flow:hunter2@x@db/flow", "hunter2"),
    "a key of a cloud": ("AKIA" + "IOSFODNN7EXAMPLE", "IOSFODNN7"),
    "a key of a payment": ("sk_" + "live_0123456789abcdef01", "0123456789"),
    "a key of a repository": ("ghp_" + "0123456789abcdefghij0123456789abcdef", "abcdef"),
    "a seed of NATS": ("S" + "UA" + "A" * 55, "AAAA"),
    "a hash of ours": ("$argon2id$v=19$m=47104,t=1,p=1$c2FsdA$aGFzaA", "aGFzaA"),
    "a hash of old": ("$2b$14$" + "a" * 53, "aaaa"),
    "a private key": ("-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----", "MC4CAQ"),
}
EMAILS: Final = {
    "ada@example.org wants in": "ada",
    "email=ada%40example.org": "ada",
    "<Ada.L+x@mail.example.co.uk>": "Ada.L+x",
    "admin@local": "admin",
    "jürgen@bücher.example": "jürgen",
    '{"email": "ada@163.com"}': "ada",
}
HARMLESS: Final = (
    "Checking email not taken",
    "Generating JWT token",
    "Verifying password",
    "REJECTED: Invalid token",
    "Basic authentication is not enough",
    "api.v1.auth.validate",
    "/api/v1/customers/{id}",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "0190b7a0-3c5e-7d11-9f3a-5b1f8f1c2d3e",
    "password_hashing_running 3, tokens 5",
    "flow@1.2.3 on user@10.0.0.1",
    json.dumps({"password": REDACTED, "Authorization": REDACTED, "inner": json.dumps({"token": REDACTED})}),
    f"token={REDACTED} authorization: {REDACTED} {{'secret': '{REDACTED}'}} nats://{REDACTED}@nats:4222",
    "http://otel-collector:4318/v1/traces",
    '{"event": "flow", "steps": [{"step": "Generating JWT token", "ms": 1.5}], "status": 200}',
)


@pytest.mark.parametrize("planted", SECRETS)
def test_a_secret_does_not_pass(planted: str) -> None:
    text, secret = SECRETS[planted]
    assert secret in text

    assert secret not in redacted_text(text)


@pytest.mark.parametrize("text", EMAILS)
def test_an_email_becomes_a_hash(text: str) -> None:
    told = redacted_text(text)

    assert HASHED in told
    assert EMAILS[text] not in told


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redacted_text(text) == text


@pytest.mark.parametrize(
    "key", ["password", "http.request.header.authorization", "refreshToken", "x-api-key", "Cookie"]
)
def test_the_value_of_a_telling_key_is_masked(key: str) -> None:
    assert redacted_attribute(key, "anything at all") == MASKED


def test_no_attribute_of_ours_has_a_telling_key() -> None:
    ours = [value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)]

    assert [key for key in ours if "." in key and redacted_attribute(key, "kept") != "kept"] == []


def test_every_pattern_is_one_that_go_reads() -> None:
    for which, kind in (
        ("secrets", "blocked_values"),
        ("secrets", "blocked_key_patterns"),
        ("emails", "blocked_values"),
    ):
        for pattern in patterns(which, kind):
            compiled(pattern)


def test_an_expression_that_go_does_not_read_is_found() -> None:
    with pytest.raises(Unreadable):
        compiled("(?<=token )x")
