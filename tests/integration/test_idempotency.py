"""Idempotency-Key: a client that is not sure asks again, and nothing is done twice."""

import asyncio
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response

from tests.cluster import People, Running
from tests.cluster.logbook import steps
from tests.cluster.people import PASSWORD, a_newcomer, new_email

from .answers import data_of, invalid, refused, trace_of

REGISTER = "/api/v1/customer/register"
CREATE_ADMIN = "/api/v1/admin/create-admin"


def a_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def test_a_repeated_registration_is_answered_as_the_first_was(http: AsyncClient, cluster: Running) -> None:
    key, newcomer = a_key(), a_newcomer()

    first = await http.post(REGISTER, json=newcomer, headers=key)
    again = await http.post(REGISTER, json=newcomer, headers=key)

    assert data_of(again, 201) == data_of(first, 201)
    line = await cluster.log.flow(trace_of(again), "api.v1.customer.register")
    assert steps(line) == ["Looking up Idempotency-Key", "Giving the first answer again", "SUCCESS"]


async def test_the_order_of_fields_and_blanks_make_no_other_request(http: AsyncClient) -> None:
    key, newcomer = a_key(), a_newcomer()

    first = await http.post(REGISTER, json=newcomer, headers=key)
    again = await http.post(REGISTER, json=dict(reversed(newcomer.items())), headers=key)

    assert data_of(again, 201) == data_of(first, 201)


async def test_twenty_at_once_make_one_customer(http: AsyncClient) -> None:
    key, newcomer = a_key(), a_newcomer()

    answers = await asyncio.gather(*(http.post(REGISTER, json=newcomer, headers=key) for _ in range(20)))

    assert len({data_of(answer, 201)["id"] for answer in answers}) == 1


async def test_another_body_under_the_key_is_a_conflict(http: AsyncClient) -> None:
    key = a_key()
    await http.post(REGISTER, json=a_newcomer(), headers=key)

    answer = await http.post(REGISTER, json=a_newcomer(), headers=key)

    refused(answer, 409, "CONFLICT", "Idempotency-Key was used for another request")


async def test_a_refusal_is_repeated_as_well(http: AsyncClient, people: People) -> None:
    key, taken = a_key(), await people.new_customer()

    first = await http.post(REGISTER, json=a_newcomer(taken.email), headers=key)
    again = await http.post(REGISTER, json=a_newcomer(taken.email), headers=key)

    refused(first, 409, "CONFLICT", "Email already exists")
    refused(again, 409, "CONFLICT", "Email already exists")


async def test_what_did_not_fit_may_be_mended_under_the_same_key(http: AsyncClient) -> None:
    key, newcomer = a_key(), a_newcomer()

    unfit = await http.post(REGISTER, json=newcomer | {"password": "short"}, headers=key)

    assert invalid(unfit).keys() == {"password"}
    data_of(await http.post(REGISTER, json=newcomer, headers=key), 201)


async def test_a_key_is_its_callers_own(http: AsyncClient, people: People) -> None:
    key, another = a_key(), {"email": new_email(), "password": PASSWORD}
    root = (await people.root()).bearer

    data_of(await http.post(REGISTER, json=a_newcomer(), headers=key), 201)

    data_of(await http.post(CREATE_ADMIN, json=another, headers=key | root), 201)
    refused(await http.post(CREATE_ADMIN, json=another, headers=key), 401, "UNAUTHORIZED", "No token provided")


async def test_what_a_login_was_answered_is_kept_sealed(http: AsyncClient, people: People, cluster: Running) -> None:
    key, ada = a_key(), await people.new_customer()
    credentials = {"email": ada.email, "password": PASSWORD}

    first = await http.post("/api/v1/customer/login", json=credentials, headers=key)
    again = await http.post("/api/v1/customer/login", json=credentials, headers=key)

    assert data_of(again) == data_of(first)


@pytest.mark.parametrize("key", ["short", "with a blank in it", "x" * 256, ""])
async def test_what_is_no_key_is_refused(http: AsyncClient, key: str) -> None:
    answer = await http.post(REGISTER, json=a_newcomer(), headers={"Idempotency-Key": key})

    assert invalid(answer) == {"Idempotency-Key": "Expected once: 8 to 255 printable ASCII characters, no blanks"}


async def test_two_keys_are_refused(http: AsyncClient) -> None:
    answer = await http.post(REGISTER, json=a_newcomer(), headers=[("Idempotency-Key", str(uuid4()))] * 2)

    assert invalid(answer).keys() == {"Idempotency-Key"}


async def test_where_a_request_may_be_repeated_anyway_the_key_means_nothing(http: AsyncClient, people: People) -> None:
    key, ada = a_key(), await people.new_customer()

    async def rename(name: str) -> Response:
        return await http.put(f"/api/v1/customers/{ada.id}", json={"firstName": name}, headers=key | ada.bearer)

    assert data_of(await rename("Augusta"))["firstName"] == "Augusta"
    assert data_of(await rename("Ada"))["firstName"] == "Ada"
