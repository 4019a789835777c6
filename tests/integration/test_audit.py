"""Who did what to whom is on record, with the trace it was done in."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.people import PASSWORD, new_email

from .answers import trace_of
from .records import Records, records

LOGIN = "/api/v1/customer/login"
WITHIN_S = 5.0
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
