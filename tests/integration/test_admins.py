"""Admins: signing in, making another, listing them; words, steps and refusals as the table has them."""

import re

import pytest
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.logbook import steps
from tests.cluster.people import PASSWORD, ROOT_EMAIL, bearer, new_email

from .answers import data_of, invalid, refused, trace_of

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LOGIN = "/api/v1/admin/login"
CREATE = "/api/v1/admin/create-admin"
LIST = "/api/v1/admin/list"


async def test_the_root_admin_signs_in(http: AsyncClient, cluster: Running) -> None:
    answer = await http.post(LOGIN, json={"email": ROOT_EMAIL, "password": cluster.root_password})

    data = data_of(answer)
    assert data.keys() == {"token", "refreshToken", "expiresIn"}
    line = await cluster.log.flow(trace_of(answer), "api.v1.admin.login")
    assert steps(line) == [
        "Looking up admin by email",
        "Checking login throttle",
        "Verifying password",
        "Generating JWT token",
        "SUCCESS",
    ]


@pytest.mark.parametrize(("email", "password"), [(ROOT_EMAIL, "wrong"), ("nobody@example.org", PASSWORD)])
async def test_a_wrong_email_and_a_wrong_password_are_refused_alike(
    http: AsyncClient, cluster: Running, email: str, password: str
) -> None:
    answer = await http.post(LOGIN, json={"email": email, "password": password})

    assert refused(answer, 401, "UNAUTHORIZED", "Invalid credentials") == []
    line = await cluster.log.flow(trace_of(answer), "api.v1.admin.login")
    assert steps(line) == [
        "Looking up admin by email",
        "Checking login throttle",
        "Verifying password",
        "REJECTED: Invalid credentials",
    ]


async def test_the_root_admin_makes_an_admin_who_can_sign_in(
    http: AsyncClient, people: People, cluster: Running
) -> None:
    newcomer = {"email": new_email(), "password": PASSWORD}

    answer = await http.post(CREATE, json=newcomer, headers=(await people.root()).bearer)

    data = data_of(answer, 201)
    assert data.keys() == {"id"}
    assert UUID.fullmatch(data["id"])
    line = await cluster.log.flow(trace_of(answer), "api.v1.admin.createAdmin")
    assert steps(line) == ["Checking email not taken", "Hashing password", "Creating admin", "SUCCESS"]
    token = await people.sign_in("admin", **newcomer)
    me = data_of(await http.get("/api/v1/auth/me", headers=bearer(token)))
    assert me == {"id": data["id"], "email": newcomer["email"], "role": "admin", "root": False}


async def test_a_taken_email_is_refused_without_regard_to_case(
    http: AsyncClient, people: People, cluster: Running
) -> None:
    taken = await people.new_admin()

    again = {"email": taken.email.upper(), "password": PASSWORD}
    answer = await http.post(CREATE, json=again, headers=(await people.root()).bearer)

    assert refused(answer, 409, "CONFLICT", "Email already exists") == []
    line = await cluster.log.flow(trace_of(answer), "api.v1.admin.createAdmin")
    assert steps(line) == ["Checking email not taken", "REJECTED: Email already exists"]


async def test_an_admin_signs_in_without_regard_to_the_emails_case(people: People) -> None:
    admin = await people.new_admin()

    assert await people.sign_in("admin", admin.email.upper(), admin.password)


async def test_a_password_shorter_than_8_is_refused(http: AsyncClient, people: People) -> None:
    root = (await people.root()).bearer

    seven = await http.post(CREATE, json={"email": new_email(), "password": "1234567"}, headers=root)
    eight = await http.post(CREATE, json={"email": new_email(), "password": "12345678"}, headers=root)

    assert invalid(seven).keys() == {"password"}
    data_of(eight, 201)


async def test_every_faulty_field_is_named(http: AsyncClient, people: People) -> None:
    body = {"email": "no address", "password": "short", "root": True}

    answer = await http.post(CREATE, json=body, headers=(await people.root()).bearer)

    assert invalid(answer).keys() == {"email", "password", "root"}


@pytest.mark.parametrize("body", [b'{"email":"x@example.org","password":"long enough"}', b"not even json"])
async def test_access_is_judged_before_the_payload_is(http: AsyncClient, people: People, body: bytes) -> None:
    json = {"Content-Type": "application/json"}
    admin, customer = await people.new_admin(), await people.new_customer()

    nobody = await http.post(CREATE, content=body, headers=json)
    stranger = await http.post(CREATE, content=body, headers=json | bearer("not.a.token"))
    not_root = await http.post(CREATE, content=body, headers=json | admin.bearer)
    no_admin = await http.post(CREATE, content=body, headers=json | customer.bearer)

    refused(nobody, 401, "UNAUTHORIZED", "No token provided")
    refused(stranger, 401, "UNAUTHORIZED", "Invalid token")
    refused(not_root, 403, "FORBIDDEN", "Root admin required")
    refused(no_admin, 403, "FORBIDDEN", "Root admin required")


async def test_an_admin_lists_admins(http: AsyncClient, people: People, cluster: Running) -> None:
    admin = await people.new_admin()

    answer = await http.get(LIST, headers=admin.bearer)

    data = data_of(answer)
    assert data.keys() == {"items", "total", "page", "limit"}
    assert (data["page"], data["limit"]) == (1, 10)
    root = data["items"][0]
    assert root.keys() == {"id", "email", "root", "createdAt"}
    assert (root["email"], root["root"]) == (ROOT_EMAIL, True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", root["createdAt"])
    line = await cluster.log.flow(trace_of(answer), "api.v1.admin.getList")
    assert steps(line) == ["Fetching admin list", "Counting total admins", "SUCCESS"]


async def test_pages_together_hold_every_admin_once(http: AsyncClient, people: People) -> None:
    made = {(await people.new_admin()).id for _ in range(3)}
    root = (await people.root()).bearer
    total = data_of(await http.get(LIST, headers=root))["total"]

    pages = [
        data_of(await http.get(LIST, params={"page": page, "limit": 2}, headers=root))
        for page in range(1, total // 2 + 2)
    ]

    seen = [item["id"] for page in pages for item in page["items"]]
    assert len(seen) == len(set(seen)) == total
    assert made <= set(seen)
    assert all(len(page["items"]) <= page["limit"] == 2 for page in pages)
    beyond = data_of(await http.get(LIST, params={"page": 1_000_000}, headers=root))
    assert (beyond["items"], beyond["total"]) == ([], total)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=one", "page"),
        ("page=1.5", "page"),
        ("page=", "page"),
        ("page=1000001", "page"),
        ("page=99999999999999999999999", "page"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("page=1&page=2", "page"),
        ("sort=email", "sort"),
    ],
)
async def test_a_page_out_of_bounds_is_refused(http: AsyncClient, people: People, query: str, field: str) -> None:
    answer = await http.get(f"{LIST}?{query}", headers=(await people.root()).bearer)

    assert invalid(answer).keys() == {field}


async def test_a_customer_may_not_list_admins(http: AsyncClient, people: People) -> None:
    answer = await http.get(LIST, headers=(await people.new_customer()).bearer)

    refused(answer, 403, "FORBIDDEN", "Required role: admin")
