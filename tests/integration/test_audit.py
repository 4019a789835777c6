"""Who did what to whom is on record, with the trace it was done in."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.operator import flow
from tests.cluster.people import PASSWORD, a_newcomer, bearer, new_email

from .answers import data_of, trace_of
from .records import Records, records

LOGIN = "/api/v1/customer/login"
WITHIN_S = 20.0
WHAT_AND_WHO = (
    "SELECT concat_ws(' ', action, outcome, actor_role, actor, subject) FROM audit_log WHERE trace_id = :trace"
)


@pytest.fixture
async def of_customers(cluster: Running) -> AsyncGenerator[Records]:
    async with records(cluster.database_url("customer")) as kept:
        yield kept


@pytest.fixture
async def of_admins(cluster: Running) -> AsyncGenerator[Records]:
    async with records(cluster.database_url("admin")) as kept:
        yield kept


async def soon(kept: Records, statement: str, **values: object) -> Any:
    """What was refused is written a moment later."""
    async with asyncio.timeout(WITHIN_S):
        while not await kept.one(f"SELECT EXISTS ({statement})", **values):
            await asyncio.sleep(0.05)
    return await kept.one(statement, **values)


async def test_what_is_done_to_a_customer_is_on_record_under_its_trace(
    http: AsyncClient, people: People, of_customers: Records
) -> None:
    ada, root = await people.new_customer(), await people.root()
    path = f"/api/v1/customers/{ada.id}"

    changed = await http.put(path, json={"firstName": "Augusta"}, headers=ada.bearer)
    deleted = await http.delete(path, headers=root.bearer)

    assert await of_customers.one(WHAT_AND_WHO, trace=trace_of(changed)) == (
        f"customer.update OK customer {ada.id} {ada.id}"
    )
    assert await of_customers.one(WHAT_AND_WHO, trace=trace_of(deleted)) == (
        f"customer.delete OK admin {root.id} {ada.id}"
    )


async def test_signing_in_and_being_refused_are_on_record(
    http: AsyncClient, people: People, of_customers: Records
) -> None:
    ada = await people.new_customer()

    signed_in = await http.post(LOGIN, json={"email": ada.email, "password": ada.password})
    refused = await http.post(LOGIN, json={"email": ada.email, "password": "wrong"})

    assert await of_customers.one(WHAT_AND_WHO, trace=trace_of(signed_in)) == (
        f"customer.login OK customer {ada.id} {ada.id}"
    )
    assert await soon(of_customers, WHAT_AND_WHO, trace=trace_of(refused)) == (
        f"customer.login UNAUTHORIZED anyone {ada.id}"
    )


async def test_who_made_an_admin_is_on_record(http: AsyncClient, people: People, of_admins: Records) -> None:
    root, newcomer = await people.root(), {"email": new_email("grace"), "password": PASSWORD}

    made = await http.post("/api/v1/admin/create-admin", json=newcomer, headers=root.bearer)

    created = made.json()["data"]["id"]
    assert await of_admins.one(WHAT_AND_WHO, trace=trace_of(made)) == f"admin.create OK admin {root.id} {created}"
    assert await of_admins.one("SELECT count(*) FROM audit_log WHERE action = 'root.create'") == 1


async def read_back(cluster: Running, *which: str, until: str) -> list[dict[str, Any]]:
    """What `flow audit` shows an operator, the oldest first, once it has that action in it."""
    async with asyncio.timeout(WITHIN_S * 2):
        while True:
            code, said = await flow(cluster, "audit", "--since", "10m", "--json", *which)
            assert code == 0, said
            entries = [json.loads(line) for line in said.splitlines()]
            if any(f"{each['action']} {each['outcome']}" == until for each in entries):
                return entries[::-1]


def in_short(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(entry[name] or "" for name in ("service", "action", "outcome", "actorRole", "traceId"))


async def test_an_operator_reads_a_story_back_and_each_entry_leads_to_its_request(
    http: AsyncClient, people: People, cluster: Running
) -> None:
    newcomer, root = a_newcomer(), await people.root()
    registered = await http.post("/api/v1/customer/register", json=newcomer)
    ada, login = data_of(registered, 201)["id"], {"email": newcomer["email"], "password": newcomer["password"]}
    mistyped = await http.post(LOGIN, json=login | {"password": "wrong"})
    signed_in = await http.post(LOGIN, json=login)
    out = await http.post("/api/v1/auth/logout", headers=bearer(data_of(signed_in)["token"]))
    deleted = await http.delete(f"/api/v1/customers/{ada}", headers=root.bearer)

    told = await read_back(cluster, "--about", ada, until="customer.login UNAUTHORIZED")

    assert {in_short(entry) for entry in told} == {
        ("customer", "customer.register", "OK", "customer", trace_of(registered)),
        ("customer", "customer.login", "UNAUTHORIZED", "anyone", trace_of(mistyped)),
        ("auth", "session.open", "OK", "customer", trace_of(signed_in)),
        ("customer", "customer.login", "OK", "customer", trace_of(signed_in)),
        ("auth", "session.logout", "OK", "customer", trace_of(out)),
        ("customer", "customer.delete", "OK", "admin", trace_of(deleted)),
    }
    assert [entry["actor"] for entry in told if entry["action"] == "customer.delete"] == [root.id]
    lines = [await cluster.log.request(entry["traceId"]) for entry in told]
    assert {(line["route"], line["status"]) for line in lines} == {
        ("/api/v1/customer/register", 201),
        (LOGIN, 401),
        (LOGIN, 200),
        ("/api/v1/auth/logout", 200),
        ("/api/v1/customers/{id}", 200),
    }


async def test_an_operator_reads_by_the_trace_alone_who_revoked_a_key(
    http: AsyncClient, people: People, cluster: Running
) -> None:
    root = await people.root()
    key = {"name": "lamp", "role": "admin"}
    made = data_of(await http.post("/api/v1/auth/api-keys", json=key, headers=root.bearer), 201)["id"]
    revoked = await http.delete(f"/api/v1/auth/api-keys/{made}", headers=root.bearer)

    (entry,) = await read_back(cluster, "--trace", trace_of(revoked), until="api-key.revoke OK")

    assert (entry["service"], entry["actor"], entry["subject"]) == ("auth", root.id, made)
    _, table = await flow(cluster, "audit", "--trace", trace_of(revoked))
    assert {"api-key.revoke", root.id, made, trace_of(revoked)} <= set(table.split())
