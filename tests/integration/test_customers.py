"""Customers: registering, signing in, and who may see and change whom."""

import asyncio
from uuid import uuid4

import pytest
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.logbook import steps
from tests.cluster.people import PASSWORD, a_newcomer, bearer, new_email

from .answers import data_of, invalid, refused, trace_of

REGISTER = "/api/v1/customer/register"
LOGIN = "/api/v1/customer/login"
CUSTOMERS = "/api/v1/customers"


async def test_a_newcomer_registers_and_signs_in(http: AsyncClient, cluster: Running) -> None:
    newcomer = a_newcomer()

    registered = await http.post(REGISTER, json=newcomer)
    signed_in = await http.post(LOGIN, json={"email": newcomer["email"], "password": PASSWORD})

    customer_id = data_of(registered, 201)["id"]
    token = data_of(signed_in)["token"]
    me = data_of(await http.get("/api/v1/auth/me", headers=bearer(token)))
    assert me == {"id": customer_id, "email": newcomer["email"], "role": "customer"}
    line = await cluster.log.flow(trace_of(registered), "api.v1.customer.register")
    assert steps(line) == ["Checking email not taken", "Hashing password", "Creating customer", "SUCCESS"]
    line = await cluster.log.flow(trace_of(signed_in), "api.v1.customer.login")
    assert steps(line) == [
        "Looking up customer by email",
        "Checking login throttle",
        "Verifying password",
        "Generating JWT token",
        "SUCCESS",
    ]


@pytest.mark.parametrize("known", [True, False])
async def test_a_wrong_email_and_a_wrong_password_are_refused_alike(
    http: AsyncClient, people: People, cluster: Running, known: bool
) -> None:
    email = (await people.new_customer()).email if known else new_email()

    answer = await http.post(LOGIN, json={"email": email, "password": "wrong"})

    refused(answer, 401, "UNAUTHORIZED", "Invalid credentials")
    line = await cluster.log.flow(trace_of(answer), "api.v1.customer.login")
    assert steps(line) == [
        "Looking up customer by email",
        "Checking login throttle",
        "Verifying password",
        "REJECTED: Invalid credentials",
    ]


async def test_a_taken_email_is_refused_without_regard_to_case(http: AsyncClient, people: People) -> None:
    taken = await people.new_customer()

    answer = await http.post(REGISTER, json=a_newcomer(taken.email.swapcase()))

    refused(answer, 409, "CONFLICT", "Email already exists")


async def test_of_two_that_register_at_once_one_wins(http: AsyncClient) -> None:
    for _ in range(5):
        newcomer = a_newcomer()

        answers = await asyncio.gather(*(http.post(REGISTER, json=newcomer) for _ in range(2)))

        lost, won = sorted(answers, key=lambda answer: answer.is_success)
        data_of(won, 201)
        refused(lost, 409, "CONFLICT", "Email already exists")


async def test_one_email_may_belong_to_an_admin_and_to_a_customer(people: People) -> None:
    admin = await people.new_admin()

    assert (await people.new_customer(admin.email)).id != admin.id


async def test_a_customer_sees_and_changes_their_own_record(http: AsyncClient, people: People) -> None:
    ada = await people.new_customer()
    own = f"{CUSTOMERS}/{ada.id}"

    before = data_of(await http.get(own, headers=ada.bearer))
    changed = data_of(await http.put(own, json={"firstName": "Augusta"}, headers=ada.bearer))
    after = data_of(await http.get(own, headers=ada.bearer))

    assert before.keys() == {"id", "email", "firstName", "lastName", "createdAt", "updatedAt"}
    assert (before["email"], before["firstName"], before["lastName"]) == (ada.email, "Ada", "Lovelace")
    assert changed == after
    assert after == before | {"firstName": "Augusta", "updatedAt": after["updatedAt"]}
    assert after["updatedAt"] > before["updatedAt"]


async def test_a_customer_deletes_themselves_and_cannot_sign_in_again(http: AsyncClient, people: People) -> None:
    ada = await people.new_customer()

    gone = data_of(await http.delete(f"{CUSTOMERS}/{ada.id}", headers=ada.bearer))

    assert gone == {"id": ada.id}
    again = await http.post(LOGIN, json={"email": ada.email, "password": ada.password})
    refused(again, 401, "UNAUTHORIZED", "Invalid credentials")
    root = (await people.root()).bearer
    for answer in (
        await http.get(f"{CUSTOMERS}/{ada.id}", headers=root),
        await http.put(f"{CUSTOMERS}/{ada.id}", json={"firstName": "A"}, headers=root),
        await http.delete(f"{CUSTOMERS}/{ada.id}", headers=root),
    ):
        refused(answer, 404, "NOT_FOUND", "Customer not found")


async def test_somebody_elses_record_answers_as_if_it_did_not_exist(http: AsyncClient, people: People) -> None:
    ada, eve = await people.new_customer(), await people.new_customer()

    for customer_id in (ada.id, str(uuid4())):
        path = f"{CUSTOMERS}/{customer_id}"
        answers = [
            await http.get(path, headers=eve.bearer),
            await http.put(path, json={"firstName": "Eve"}, headers=eve.bearer),
            await http.delete(path, headers=eve.bearer),
            await http.get(f"{path}/export", headers=eve.bearer),
        ]
        for answer in answers:
            refused(answer, 404, "NOT_FOUND", "Customer not found")
    assert data_of(await http.get(f"{CUSTOMERS}/{ada.id}", headers=ada.bearer))["firstName"] == "Ada"


async def test_an_admin_sees_changes_and_deletes_any_customer(http: AsyncClient, people: People) -> None:
    ada, admin = await people.new_customer(), await people.new_admin()
    path = f"{CUSTOMERS}/{ada.id}"

    assert data_of(await http.get(path, headers=admin.bearer))["email"] == ada.email
    assert data_of(await http.put(path, json={"lastName": "King"}, headers=admin.bearer))["lastName"] == "King"
    assert data_of(await http.delete(path, headers=admin.bearer)) == {"id": ada.id}


async def test_a_customer_cannot_take_anothers_email(http: AsyncClient, people: People) -> None:
    ada, eve = await people.new_customer(), await people.new_customer()

    answer = await http.put(f"{CUSTOMERS}/{eve.id}", json={"email": ada.email.upper()}, headers=eve.bearer)

    refused(answer, 409, "CONFLICT", "Email already exists")


async def test_admins_alone_list_customers(http: AsyncClient, people: People) -> None:
    ada, admin = await people.new_customer(), await people.new_admin()

    page = data_of(await http.get(CUSTOMERS, params={"limit": 1}, headers=admin.bearer))

    assert page.keys() == {"items", "total", "page", "limit"}
    assert len(page["items"]) == 1
    assert page["total"] >= 1
    refused(await http.get(CUSTOMERS, headers=ada.bearer), 403, "FORBIDDEN", "Required role: admin")
    refused(await http.get(CUSTOMERS), 401, "UNAUTHORIZED", "No token provided")


@pytest.mark.parametrize("customer_id", ["1", "0190B7A0-3C5E-7D11-9F3A-5B1F8F1C2D3E", "%00", "%F0%9F%92%A5", "a%2Fb"])
async def test_what_is_no_id_is_refused(http: AsyncClient, people: People, customer_id: str) -> None:
    answer = await http.get(f"{CUSTOMERS}/{customer_id}", headers=(await people.root()).bearer)

    assert answer.status_code in (400, 404)


async def test_an_id_in_the_body_is_an_unknown_field(http: AsyncClient, people: People) -> None:
    ada = await people.new_customer()

    answer = await http.put(f"{CUSTOMERS}/{ada.id}", json={"id": ada.id}, headers=ada.bearer)

    assert invalid(answer).keys() == {"id"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "a@" + "x" * 253}, "email"),
        ({"email": "two words@example.org"}, "email"),
        ({"email": "a@example.org\n"}, "email"),
        ({"password": "1234567"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"firstName": ""}, "firstName"),
        ({"firstName": "x" * 101}, "firstName"),
        ({"lastName": "nul\x00"}, "lastName"),
        ({"lastName": 7}, "lastName"),
        ({"lastName": None}, "lastName"),
        ({"isAdmin": True}, "isAdmin"),
    ],
)
async def test_a_registration_that_does_not_fit_is_refused(
    http: AsyncClient, change: dict[str, object], field: str
) -> None:
    answer = await http.post(REGISTER, json=a_newcomer() | change)

    assert invalid(answer).keys() == {field}


async def test_what_is_missing_is_named(http: AsyncClient) -> None:
    answer = await http.post(REGISTER, json={})

    assert invalid(answer) == dict.fromkeys(("email", "password", "firstName", "lastName"), "Required")
