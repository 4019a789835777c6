"""Secrets that are good: what a cluster hands out in one run, what it was given, and what it lives by."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from contracts import admin, auth
from httpx import AsyncClient, Response

from tests.cluster import People, Running
from tests.cluster.people import a_newcomer, bearer
from tests.integration.answers import data_of
from tests.integration.bus import Bus

CUSTOMER, REFRESH = "/api/v1/customer", "/api/v1/auth/refresh"
API_KEYS, LIST = "/api/v1/auth/api-keys", "/api/v1/admin/list"


@dataclass(frozen=True, slots=True)
class HandedOut:
    secrets: Mapping[str, str] = field(repr=False)
    email: str

    def found_in(self, told: str) -> list[str]:
        return [name for name, secret in self.secrets.items() if any(form in told for form in forms(secret))]


def forms(secret: str) -> set[str]:
    """As it is, and as it looks in a table's bytes, a URL, or what is encoded; of a JWT, what is its own alone."""
    parts = secret.split(".")[1:] if secret.startswith("eyJ") else [secret, secret.rpartition("_")[2]]
    plain = {part for part in parts if len(part) >= 8}
    raw = {binascii.hexlify(part.encode()).decode() for part in plain} | set(map(_decoded, plain))
    return plain | raw | set(map(quote, plain)) | {base64.b64encode(secret.encode()).decode()}


def _decoded(part: str) -> str:
    """The bytes a text stands for, were they stored."""
    with_padding = part + "=" * (-len(part) % 4)
    try:
        return base64.urlsafe_b64decode(with_padding).hex()
    except binascii.Error:
        return part


def lived_by(cluster: Running) -> dict[str, str]:
    urls = {f"NATS password of {name}": url for name, url in cluster.nats_urls.items()}
    urls |= {f"database password of {each.name}": each.database_url for each in cluster.services if each.database_url}
    passwords = {name: urlsplit(url).password or "" for name, url in urls.items()}
    assert all(passwords.values())
    return passwords | {"encryption key": cluster.encryption_key, "root's password": cluster.root_password}


async def handed_out(http: AsyncClient, people: People, bus: Bus, cluster: Running) -> HandedOut:
    """All that can be had, each used, repeated under its key, spent, refused or revoked as well."""
    newcomer = a_newcomer() | {"password": f"Pass{uuid4().hex}"}
    credentials = {"email": newcomer["email"], "password": newcomer["password"]}
    secrets = lived_by(cluster) | {"password": newcomer["password"], "Idempotency-Key": uuid4().hex}
    key = {"Idempotency-Key": secrets["Idempotency-Key"]}
    await _twice(http, f"{CUSTOMER}/register", newcomer, key)
    opened = await _twice(http, f"{CUSTOMER}/login", credentials, key)
    secrets |= {"access token": opened["token"], "refresh token": opened["refreshToken"]}
    secrets["renewed password"] = await _another_password(http, newcomer["password"], opened["token"])
    secrets |= await _of_a_session(http, opened["refreshToken"])
    secrets |= await _of_an_api_key(http, people, bus)
    return HandedOut(secrets, newcomer["email"])


async def _twice(http: AsyncClient, path: str, body: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
    """Under one key, so that what is kept of the first answer is the second."""
    first, second = [await http.post(path, json=body, headers=headers) for _ in range(2)]
    told = data_of(first, first.status_code)
    assert told == data_of(second, first.status_code)
    return told


async def _another_password(http: AsyncClient, old: str, token: str) -> str:
    body = {"currentPassword": old, "newPassword": f"Pass{uuid4().hex}"}
    data_of(await http.post(f"{CUSTOMER}/password", json=body, headers=bearer(token)))
    return body["newPassword"]


async def _of_a_session(http: AsyncClient, token: str) -> dict[str, str]:
    """Until it is ended, since a spent refresh token is used."""
    second = data_of(await http.post(REFRESH, json={"refreshToken": token}))
    third = data_of(await http.post(REFRESH, json={"refreshToken": second["refreshToken"]}))
    assert (await http.post(REFRESH, json={"refreshToken": token})).status_code == 401
    return {
        "second access token": second["token"],
        "second refresh token": second["refreshToken"],
        "third refresh token": third["refreshToken"],
    }


async def _of_an_api_key(http: AsyncClient, people: People, bus: Bus) -> dict[str, str]:
    """With the badge and the identity that are had for it on the bus."""
    root, under = (await people.root()).bearer, {"Idempotency-Key": uuid4().hex}
    made = await _twice(http, API_KEYS, {"name": "lamp", "role": "admin"}, root | under)
    shown = {"X-API-Key": made["key"]}
    data_of(await http.get(LIST, headers=shown))
    badge = (await bus.ask(auth.identities["operator"].subject)).body["data"]["token"]
    validated = await bus.ask(auth.validate.subject, {"token": made["key"]}, flow_service=badge)
    identity = validated.body["data"]["identity"]
    assert (await bus.ask(admin.get_list.subject, {}, flow_identity=identity)).body["status"] == 200
    data_of(await http.delete(f"{API_KEYS}/{made['id']}", headers=root))
    assert (await bus.ask(admin.get_list.subject, {}, flow_identity=identity)).body["status"] == 401
    had = {"API key": made["key"], "badge": badge, "identity": identity}
    return had | {"Idempotency-Key of a key": under["Idempotency-Key"]}


def misplaced(secret: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Requests with a secret where it does not belong, or not any more."""
    me = "/api/v1/auth/me"
    for headers in (
        bearer(secret),
        {"X-API-Key": secret},
        {"Cookie": f"session={secret}", "User-Agent": secret, "Referer": f"https://example.org/?token={secret}"},
        {"baggage": f"token={secret}", "x-request-id": f"token {secret}", "traceparent": secret},
        {"flow-identity": secret, "flow-service": secret, "flow-caller": secret, "Origin": f"https://{secret}"},
    ):
        yield "GET", me, {"headers": headers}
    yield "GET", me, {"params": {"access_token": secret}}
    yield "GET", f"/api/v1/customers/{secret}", {}
    yield "GET", f"/reset/{secret}", {}
    yield "POST", REFRESH, {"json": {"refreshToken": secret}}
    yield "POST", REFRESH, {"json": {"refreshToken": {"is": secret}, "apiKey": secret}}
    yield "POST", f"{CUSTOMER}/register", {"json": a_newcomer() | {"nonce": secret}}
    yield "POST", f"{CUSTOMER}/register", {"content": f"token={secret}"}


async def misplace(http: AsyncClient, bus: Bus, secret: str) -> list[str]:
    """What was answered, all of them refusals."""
    answers = [await http.request(method, path, **given) for method, path, given in misplaced(secret)]
    assert all(answer.is_error for answer in answers)
    on_record = await http.post(f"{CUSTOMER}/register", json=a_newcomer(), headers={"x-request-id": f"token {secret}"})
    assert on_record.status_code == 201
    replies = [
        await bus.ask(subject, body, flow_identity=secret, flow_service=secret, flow_caller="eve")
        for subject in (auth.me.subject, auth.validate.subject, admin.get_list.subject)
        for body in _bodies(secret)
    ]
    return [_told(answer) for answer in answers] + [str(reply) for reply in replies]


def _bodies(secret: str) -> tuple[object, ...]:
    return {"token": secret}, {"page": secret}, secret.encode()


def _told(answer: Response) -> str:
    """Without the request's id, which is the client's own and given back to nobody else."""
    return answer.text + str([header for header in answer.headers.items() if header[0] != "x-request-id"])
