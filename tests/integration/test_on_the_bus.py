"""The contract over NATS alone, with a client that knows nothing of our code."""

import base64
import json
import time
from typing import Any
from uuid import uuid4

import pytest
from flowkit.bus import Denied
from flowkit.bus.nats import NatsBus, NatsOptions

from tests.cluster import People, Running
from tests.cluster.people import PASSWORD, ROOT_EMAIL, a_newcomer, new_email

from .bus import Bus

TRACE = "0af7651916cd43dd8448eb211c80319c"
LIST = "api.v1.admin.getList"
NOT_AUTHENTICATED = (401, "UNAUTHORIZED", "Not authenticated")


async def identity_of(bus: Bus, token: str) -> str:
    """The signed identity that auth gives for a token."""
    validated = await bus.ask_as("operator", "api.v1.auth.validate", {"token": token})
    return str(validated.body["data"]["identity"])


async def test_a_login_answers_the_envelope_with_its_trace(bus: Bus, cluster: Running) -> None:
    reply = await bus.ask("api.v1.admin.login", {"email": ROOT_EMAIL, "password": cluster.root_password})

    assert reply.body == {
        "success": True,
        "status": 200,
        "data": {each: reply.body["data"][each] for each in ("token", "refreshToken", "expiresIn")},
        "trace": [
            "Looking up admin by email",
            "Checking login throttle",
            "Verifying password",
            "Generating JWT token",
            "SUCCESS",
        ],
    }
    assert reply.headers == {}


async def test_a_refusal_answers_the_envelope_and_says_so_in_its_headers(bus: Bus) -> None:
    reply = await bus.ask("api.v1.admin.login", {"email": "nobody@example.org", "password": "wrong"})

    assert reply.body == {
        "success": False,
        "status": 401,
        "errorCode": "UNAUTHORIZED",
        "message": "Invalid credentials",
        "detailed": [],
        "trace": [
            "Looking up admin by email",
            "Checking login throttle",
            "Verifying password",
            "REJECTED: Invalid credentials",
        ],
    }
    assert reply.headers == {"Nats-Service-Error": "UNAUTHORIZED", "Nats-Service-Error-Code": "401"}


async def test_the_healthcheck_needs_no_payload_at_all(bus: Bus) -> None:
    for body in (b"", b"{}"):
        reply = await bus.ask("api.v1.healthcheck", body)

        assert reply.body["data"]["status"] == "ok"
        assert reply.body["trace"] == ["Checking database connection", "Checking NATS connection", "SUCCESS"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"email": "a@b.c", "password": "x", "admin": True}, {"admin": "Unknown field"}),
        ({"email": "a@b.c"}, {"password": "Required"}),
        (b"", {"": "A JSON body is expected"}),
        (b"{", {"": "Not valid JSON"}),
        (b"\xff\xfe", {"": "Not valid JSON"}),
        (b"[" * 100_000, {"": "Not valid JSON"}),
    ],
)
async def test_what_does_not_fit_is_refused_in_the_service_too(bus: Bus, body: object, wrong: dict[str, str]) -> None:
    reply = await bus.ask("api.v1.customer.login", body)

    assert reply.told == (400, "VALIDATION_ERROR", "Invalid input")
    assert {fault["field"]: fault["message"] for fault in reply.body["detailed"]} == wrong
    assert reply.body["trace"] == ["REJECTED: Invalid input"]
    assert reply.headers["Nats-Service-Error-Code"] == "400"


async def test_request_headers_are_never_echoed(bus: Bus) -> None:
    sent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "x_request_id": "mine", "x_secret": "hunter2"}

    done = await bus.ask("api.v1.auth.keys", b"", **sent)
    refused = await bus.ask(LIST, b"", **sent)

    assert done.headers == {}
    assert refused.headers.keys() == {"Nats-Service-Error", "Nats-Service-Error-Code"}


async def test_a_token_is_validated_and_vouched_for(bus: Bus, people: People) -> None:
    root, ada = await people.root(), await people.new_customer()

    admin = await bus.ask_as("operator", "api.v1.auth.validate", {"token": root.token})
    customer = await bus.ask_as("operator", "api.v1.auth.validate", {"token": ada.token, "requiredRole": "customer"})

    told = admin.body["data"]
    assert told == {"id": root.id, "email": root.email, "role": "admin", "root": True, "identity": told["identity"]}
    told = customer.body["data"]
    assert told == {"id": ada.id, "email": ada.email, "role": "customer", "identity": told["identity"]}
    assert admin.body["trace"] == ["Verifying token signature", "Checking role requirement", "SUCCESS"]


async def test_a_validation_refuses_in_these_words(bus: Bus, people: People) -> None:
    customer = (await people.new_customer()).token
    validate = "api.v1.auth.validate"

    none = await bus.ask_as("operator", validate, {"token": ""})
    bad = await bus.ask_as("operator", validate, {"token": "not.a.token"})
    other = await bus.ask_as("operator", validate, {"token": customer, "requiredRole": "admin"})

    assert none.told == (401, "UNAUTHORIZED", "No token provided")
    assert bad.told == (401, "UNAUTHORIZED", "Invalid token")
    assert other.told == (403, "FORBIDDEN", "Insufficient permissions")


async def test_the_service_itself_enforces_who_may_ask(bus: Bus, people: People) -> None:
    newcomer = {"email": new_email(), "password": PASSWORD}
    create = "api.v1.admin.createAdmin"
    root = await identity_of(bus, (await people.root()).token)
    admin = await identity_of(bus, (await people.new_admin()).token)
    customer = await identity_of(bus, (await people.new_customer()).token)

    assert (await bus.ask(create, newcomer)).told == NOT_AUTHENTICATED
    assert (await bus.ask(create, newcomer, flow_identity=admin)).told == (403, "FORBIDDEN", "Root admin required")
    assert (await bus.ask(create, b"junk", flow_identity=customer)).told == (403, "FORBIDDEN", "Root admin required")
    assert (await bus.ask(LIST, {}, flow_identity=customer)).told == (403, "FORBIDDEN", "Required role: admin")
    assert (await bus.ask(create, newcomer, flow_identity=root)).body["status"] == 201


def decoded(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, claims, signature = token.split(".")
    return json.loads(_bytes(head)), json.loads(_bytes(claims)), signature


def encoded(head: dict[str, Any], claims: dict[str, Any], signature: str) -> str:
    return ".".join((_text(head), _text(claims), signature))


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _text(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


async def test_a_forged_identity_is_refused(bus: Bus, people: People) -> None:
    head, claims, signature = decoded(await identity_of(bus, (await people.new_customer()).token))

    forged = [
        encoded(head, claims | {"role": "admin", "root": True}, signature),
        encoded(head | {"alg": "none"}, claims | {"role": "admin"}, ""),
        encoded(head | {"alg": "HS256"}, claims, signature),
        encoded(head | {"kid": "nobody's"}, claims, signature),
        encoded(head | {"jwk": {"kty": "OKP"}}, claims | {"role": "admin"}, signature),
        "not.a.token",
        "x" * 10_000,
    ]
    for identity in forged:
        assert (await bus.ask(LIST, {}, flow_identity=identity)).told == NOT_AUTHENTICATED


async def test_an_access_token_is_no_identity_and_an_identity_no_access_token(bus: Bus, people: People) -> None:
    root = await people.root()
    identity = await identity_of(bus, root.token)

    assert (await bus.ask(LIST, {}, flow_identity=root.token)).told == NOT_AUTHENTICATED
    refused = await bus.ask_as("operator", "api.v1.auth.validate", {"token": identity})
    assert refused.told == (401, "UNAUTHORIZED", "Invalid token")


async def test_an_identity_lives_for_minutes_and_is_for_services_alone(bus: Bus, people: People) -> None:
    head, claims, _ = decoded(await identity_of(bus, (await people.root()).token))

    assert (head["alg"], claims["aud"]) == ("EdDSA", "internal")
    assert 0 < claims["exp"] - time.time() <= 15 * 60


async def test_a_passed_deadline_is_a_timeout_and_nothing_ran(bus: Bus, cluster: Running) -> None:
    newcomer = a_newcomer()

    late = await bus.ask("api.v1.customer.register", newcomer, flow_timeout_ms="0")

    assert late.told == (504, "TIMEOUT", "No answer in time")
    assert (await bus.ask("api.v1.customer.register", newcomer)).body["status"] == 201


async def test_what_no_contract_declares_is_refused_at_once(cluster: Running) -> None:
    operator = NatsBus(NatsOptions(cluster.nats_url))
    await operator.flush(within=20)
    began = time.monotonic()

    with pytest.raises(Denied, match="permissions violation"):
        await operator.request(f"api.v1.nothing.{uuid4().hex}", b"", within=30)

    assert time.monotonic() - began < 10
    await operator.close()
