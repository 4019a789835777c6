"""Machine clients: let in by an API key, limited to what it may, and out at once when it is revoked."""

import asyncio
import time
from itertools import count
from typing import Any

from contracts import admin, auth
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.people import bearer

from .answers import data_of, refused
from .bus import Bus
from .records import records

KEYS, LIST, ME = "/api/v1/auth/api-keys", "/api/v1/admin/list", "/api/v1/auth/me"
# Sooner than the gateway forgets by itself, which takes 5 s.
OUT_WITHIN_S = 3.0


async def made(http: AsyncClient, people: People, **limits: object) -> tuple[str, dict[str, str]]:
    asked = {"name": "lamp", "role": "admin"} | limits
    told = data_of(await http.post(KEYS, json=asked, headers=(await people.root()).bearer), 201)
    return told["id"], {"X-API-Key": told["key"]}


async def all_listed(http: AsyncClient, people: People) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in count(1):
        told = data_of(await http.get(KEYS, params={"limit": 100, "page": page}, headers=(await people.root()).bearer))
        found += told["items"]
        if len(found) >= told["total"]:
            break
    return found


async def out_soon(http: AsyncClient, shown: dict[str, str]) -> None:
    began = time.monotonic()
    while (answer := await http.get(LIST, headers=shown)).status_code == 200:
        assert time.monotonic() - began < OUT_WITHIN_S
        await asyncio.sleep(0.02)
    refused(answer, 401, "UNAUTHORIZED", "Invalid API key")


async def test_a_key_lets_in_what_its_role_may(http: AsyncClient, people: People) -> None:
    id_, shown = await made(http, people)

    me = data_of(await http.get(ME, headers=shown))
    assert (me["id"], me["role"], me["root"]) == (id_, "admin", False)
    assert data_of(await http.get(LIST, headers=shown))["total"] >= 1
    answer = await http.post("/api/v1/admin/create-admin", json={}, headers=shown)
    refused(answer, 403, "FORBIDDEN", "Root admin required")


async def test_its_scope_holds_at_the_edge_and_in_the_service(http: AsyncClient, people: People, bus: Bus) -> None:
    _, shown = await made(http, people, contracts=[auth.me.subject])

    data_of(await http.get(ME, headers=shown))
    refused(await http.get(LIST, headers=shown), 403, "FORBIDDEN", "Insufficient permissions")
    validated = await bus.ask_as("operator", auth.validate.subject, {"token": shown["X-API-Key"]})
    told = await bus.ask(admin.get_list.subject, {}, flow_identity=validated.body["data"]["identity"])
    assert told.told == (403, "FORBIDDEN", "Insufficient permissions")


async def test_a_plain_admin_gives_no_more_than_they_have_and_a_customer_nothing(
    http: AsyncClient, people: People
) -> None:
    grace, ada = await people.new_admin(), await people.new_customer()
    root = {"name": "lamp", "role": "admin", "root": True}

    refused(await http.post(KEYS, json=root, headers=grace.bearer), 403, "FORBIDDEN", "Insufficient permissions")
    refused(await http.post(KEYS, json=root, headers=ada.bearer), 403, "FORBIDDEN", "Required role: admin")
    refused(await http.get(KEYS, headers=ada.bearer), 403, "FORBIDDEN", "Required role: admin")
    _, shown = await made(http, people, root=True)
    refused(await http.post(KEYS, json=root, headers=shown), 403, "FORBIDDEN", "Insufficient permissions")


async def test_what_is_stored_and_listed_does_not_tell_it(http: AsyncClient, people: People, cluster: Running) -> None:
    id_, shown = await made(http, people)
    secret = shown["X-API-Key"][37:]
    data_of(await http.get(ME, headers=shown))

    listed = await all_listed(http, people)
    (told,) = [key for key in listed if key["id"] == id_]
    assert told["lastUsedAt"] is not None
    assert secret not in str(listed)
    async with records(cluster.database_url("auth")) as stored:
        row = await stored.one("SELECT api_keys::text FROM api_keys WHERE id = CAST(:id AS uuid)", id=id_)
    assert secret not in str(row)
    assert all(secret not in str(line) for lines in cluster.log.lines.values() for line in lines)


async def test_a_revoked_key_is_out_at_once_and_so_is_the_identity_it_was_given(
    http: AsyncClient, people: People, bus: Bus
) -> None:
    id_, shown = await made(http, people)
    validated = await bus.ask_as("operator", auth.validate.subject, {"token": shown["X-API-Key"]})
    identity = validated.body["data"]["identity"]
    data_of(await http.get(LIST, headers=shown))
    assert (await bus.ask(admin.get_list.subject, {}, flow_identity=identity)).body["status"] == 200

    root = (await people.root()).bearer
    data_of(await http.delete(f"{KEYS}/{id_}", headers=root))

    await out_soon(http, shown)
    assert (await bus.ask(admin.get_list.subject, {}, flow_identity=identity)).told[0] == 401
    refused(await http.delete(f"{KEYS}/{id_}", headers=root), 404, "NOT_FOUND", "API key not found")


async def test_beside_a_token_a_key_is_refused(http: AsyncClient, people: People) -> None:
    _, shown = await made(http, people)

    answer = await http.get(LIST, headers=shown | bearer((await people.root()).token))

    refused(answer, 401, "UNAUTHORIZED", "An API key or a token, not both")


async def test_what_a_disabled_admin_made_is_out_with_them_and_stays_out(http: AsyncClient, people: People) -> None:
    grace, root = await people.new_admin(), (await people.root()).bearer
    told = data_of(await http.post(KEYS, json={"name": "lamp", "role": "admin"}, headers=grace.bearer), 201)
    shown, (_, roots) = {"X-API-Key": told["key"]}, await made(http, people)
    data_of(await http.get(LIST, headers=shown))

    status = f"/api/v1/admin/{grace.id}/status"
    data_of(await http.put(status, json={"status": "disabled"}, headers=root))

    await out_soon(http, shown)
    data_of(await http.put(status, json={"status": "active"}, headers=root))
    refused(await http.get(LIST, headers=shown), 401, "UNAUTHORIZED", "Invalid API key")
    data_of(await http.get(LIST, headers=roots))


async def test_asked_twice_with_one_idempotency_key_the_same_api_key_is_answered(
    http: AsyncClient, people: People
) -> None:
    grace = await people.new_admin()
    headers = grace.bearer | {"Idempotency-Key": f"a-lamp-of-{grace.id}"}

    first, again = [await http.post(KEYS, json={"name": "lamp", "role": "admin"}, headers=headers) for _ in range(2)]

    assert data_of(first, 201) == data_of(again, 201)
    assert [key["madeBy"] for key in await all_listed(http, people)].count(grace.id) == 1
