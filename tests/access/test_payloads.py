"""Who asks is never believed from what they say: no payload has a place for it, and none is made by adding one."""

from typing import Final

import pytest
from msgspec.structs import fields

from tests.cluster import Running
from tests.integration.bus import Bus, connected

from .cast import Actor, Cast
from .conftest import badge_of
from .surface import CALLERS, CONTRACTS

RECORD = "whose record is meant; whether the caller may is judged by their identity"
NEW_KEY = "what the new key is to be; never more than the identity of its maker has"
RECOGNISED = "by whom the service itself has just recognised; answered to that service alone, of those it keeps"
KEPT = "whom customer tells what is kept of them; answered to that service alone"
KEPT_OF = ("api.v1.order.ordersOf", "api.v1.payment.paymentsOf", "api.v1.notification.notificationsOf")
SOUGHT, FILTERS = "narrows what is read of the log; it gives nothing", ("actor", "subject")
# By which somebody could say who they are, or what they may.
TELLING: Final = {
    *("id", "userId", "user", "customerId", "adminId", "actor", "actorId", "caller", "owner", "ownerId", "madeBy"),
    *("subject", "sub", "email", "sid", "session", "sessionId", "identity", "token", "refreshToken", "apiKey"),
    *("role", "requiredRole", "roles", "root", "isRoot", "admin", "isAdmin", "contracts", "scope", "permissions"),
    *("service", "clientAddress"),
}
SAYS: Final = {
    **{(f"api.v1.customer.{what}", "id"): RECORD for what in ("get", "export", "update", "delete", "setStatus")},
    ("api.v1.admin.setStatus", "id"): RECORD,
    ("api.v1.order.get", "id"): RECORD,
    ("api.v1.notification.getList", "customerId"): RECORD,
    ("api.v1.customer.contact", "id"): "whom notification writes to; answered to that service alone",
    ("api.v1.auth.revokeApiKey", "id"): RECORD,
    ("api.v1.customer.update", "email"): "the new one",
    ("api.v1.customer.register", "email"): "a newcomer's, who is nobody yet",
    ("api.v1.admin.createAdmin", "email"): "the new admin's",
    ("api.v1.admin.login", "email"): "who it is remains to be shown, by the password beside it",
    ("api.v1.customer.login", "email"): "who it is remains to be shown, by the password beside it",
    **{("api.v1.auth.makeApiKey", field): NEW_KEY for field in ("role", "root", "contracts")},
    **{("api.v1.auth.issue", field): RECOGNISED for field in ("id", "email", "role", "root")},
    **{("api.v1.auth.endSessions", field): RECOGNISED for field in ("id", "role")},
    **{(subject, "customerId"): KEPT for subject in KEPT_OF},
    **{("api.v1.auth.sessionsOf", field): RECOGNISED for field in ("id", "role")},
    **{(f"flow.audit.{kept_by}", field): SOUGHT for kept_by in ("auth", "admin", "customer") for field in FILTERS},
    ("api.v1.auth.refresh", "refreshToken"): "a proof, and looked up as one",
    ("api.v1.auth.validate", "token"): "a proof, and verified as one; it is what this contract is for",
    ("api.v1.auth.validate", "requiredRole"): "narrows what the token may; it gives nothing",
}


def named(subject: str) -> frozenset[str]:
    return frozenset(field.encode_name for field in fields(CONTRACTS[subject].request))


def test_no_payload_says_who_asks_but_those_that_are_listed_here_with_a_reason() -> None:
    found = {(subject, field) for subject in CONTRACTS for field in named(subject) & TELLING}

    assert found == set(SAYS)


@pytest.mark.parametrize("subject", sorted(CONTRACTS))
async def test_a_field_that_says_it_all_the_same_is_refused(subject: str, cast: Cast, cluster: Running) -> None:
    added = TELLING - named(subject)
    async with connected(cluster.nats_urls[CALLERS[subject]]) as bus:
        told = await refused_fields(bus, subject, dict.fromkeys(added, "root"), await headers(subject, cast, cluster))

    assert told >= added


async def headers(subject: str, cast: Cast, cluster: Running) -> dict[str, str]:
    access = CONTRACTS[subject].access
    if access.is_internal:
        return {"flow_service": await badge_of(CALLERS[subject], cluster)}
    actor: Actor = await cast.actor("root" if "admin" in access.rule else "owner", fresh=False)
    return actor.bus if access.needs_identity else {}


async def refused_fields(bus: Bus, subject: str, payload: dict[str, str], headers: dict[str, str]) -> set[str]:
    reply = await bus.ask(subject, payload, **headers)
    assert reply.told == (400, "VALIDATION_ERROR", "Invalid input")
    return {wrong["field"] for wrong in reply.body["detailed"] if wrong["message"] == "Unknown field"}
