"""What the API says of itself is true, whole, and needs nothing from elsewhere."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import jsonschema_rs
import pytest
from contracts import admin, auth, customer
from gateway_service.docs.document import document
from gateway_service.routes import ROUTES
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from .answers import data_of
from .world import ADMIN, World, a_customer, always, bearer

COMMITTED = Path(__file__).parents[1] / "openapi.json"
DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text())


def operation(method: str, path: str) -> dict[str, Any]:
    return DOCUMENT["paths"][path][method]


def response(told: dict[str, Any], status: str) -> dict[str, Any]:
    found: dict[str, Any] = told["responses"][status]
    return DOCUMENT["components"]["responses"][found["$ref"].rpartition("/")[2]] if "$ref" in found else found


def statuses(method: str, path: str) -> set[int]:
    return set(map(int, operation(method, path)["responses"]))


ALWAYS = {400, 405, 414, 429, 431, 500, 502, 503, 504}


def test_the_document_committed_is_the_one_the_routes_make() -> None:
    made = document(ROUTES, DOCUMENT["info"]["version"])

    assert made == DOCUMENT, "make it anew: python -m gateway_service openapi > services/gateway/openapi.json"


def test_the_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert not [str(fault) for fault in OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)]


def test_every_reference_leads_somewhere() -> None:
    for reference in set(re.findall(r'"#/([^"]+)"', COMMITTED.read_text())):
        found: Any = DOCUMENT
        for part in reference.split("/"):
            found = found[part]


def test_every_route_is_told_of() -> None:
    told = {(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods}

    assert told == {(route.method.lower(), route.path) for route in ROUTES}


@pytest.mark.parametrize(
    ("method", "path", "beside"),
    [
        ("get", "/api/v1/healthcheck", {200}),
        ("post", "/api/v1/admin/login", {200, 401, 409, 413, 415}),
        ("post", "/api/v1/admin/create-admin", {201, 401, 403, 409, 413, 415}),
        ("get", "/api/v1/admin/list", {200, 401, 403}),
        ("post", "/api/v1/customer/register", {201, 409, 413, 415}),
        ("get", "/api/v1/auth/me", {200, 401}),
        ("put", "/api/v1/customers/{id}", {200, 401, 404, 409, 413, 415}),
        ("delete", "/api/v1/customers/{id}", {200, 401, 404}),
        ("post", "/api/v1/orders", {201, 401, 403, 409, 413, 415}),
        ("get", "/api/v1/orders", {200, 401}),
        ("get", "/api/v1/orders/{id}", {200, 401, 404}),
        ("get", "/api/v1/customers/{customerId}/notifications", {200, 401, 403, 404}),
    ],
)
def test_every_status_a_route_can_answer_is_told(method: str, path: str, beside: set[int]) -> None:
    assert statuses(method, path) == ALWAYS | beside


def test_every_error_is_shown_by_an_example_that_fits_its_schema() -> None:
    operations = [told for methods in DOCUMENT["paths"].values() for told in methods.values()]
    for told in operations:
        for status in (status for status in told["responses"] if int(status) >= 400 and status != "414"):
            content = response(told, status)["content"]["application/json"]
            assert content["examples"]
            for example in content["examples"].values():
                jsonschema.validate(example["value"], content["schema"] | {"components": DOCUMENT["components"]})
                assert example["value"]["status"] == int(status)


def test_the_words_of_access_are_told() -> None:
    shown = operation("post", "/api/v1/admin/create-admin")["responses"]

    assert shown["401"]["description"] == "No token provided · Invalid token · Invalid API key."
    assert shown["403"]["description"] == "Root admin required."
    assert operation("post", "/api/v1/admin/create-admin")["security"] == [{"bearer": []}, {"apiKey": []}]
    assert "security" not in operation("post", "/api/v1/admin/login")


def test_what_stands_in_the_path_is_not_asked_for_in_the_body() -> None:
    told = operation("put", "/api/v1/customers/{id}")

    assert [(each["name"], each["in"]) for each in told["parameters"]] == [("id", "path")]
    body = DOCUMENT["components"]["schemas"]["Changes"]
    assert set(body["properties"]) == {"email", "firstName", "lastName"}


def test_a_query_is_told_with_its_bounds() -> None:
    page, limit = operation("get", "/api/v1/admin/list")["parameters"]

    assert (page["in"], page["required"], page["schema"]["minimum"]) == ("query", False, 1)
    assert (limit["schema"]["maximum"], limit["schema"]["default"]) == (100, 10)


def test_a_price_is_told_as_what_it_may_be() -> None:
    price = DOCUMENT["components"]["schemas"]["Item"]["properties"]["price"]

    for good in (29.99, "29.99", 0.01, "0.01", 5, "5", "999999.99"):
        jsonschema_rs.validate(price, good)
    for bad in (29.999, "29.999", 0, "0.00", 1_000_000, "1000000", -1, "1e3", None, True):
        assert not jsonschema_rs.is_valid(price, bad), bad


async def test_answers_are_as_told(world: World, http: httpx.AsyncClient) -> None:
    page = admin.AdminPage(items=(), total=0, page=1, limit=10)
    world.answer(admin.get_list, always(page))
    world.answer(customer.get, always(a_customer()))
    world.answer(auth.me, always(auth.Me(id="x", email="a@b", role="admin", root=False)))
    for path, template in (
        ("/api/v1/admin/list", "/api/v1/admin/list"),
        (f"/api/v1/customers/{a_customer().id}", "/api/v1/customers/{id}"),
        ("/api/v1/auth/me", "/api/v1/auth/me"),
        ("/api/v1/healthcheck", "/api/v1/healthcheck"),
    ):
        answer = await http.get(path, headers=bearer(ADMIN))
        data_of(answer)
        schema = operation("get", template)["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json(), schema | {"components": DOCUMENT["components"]})


async def test_the_document_is_served(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/openapi.json")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["paths"] == DOCUMENT["paths"]


async def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(http: httpx.AsyncClient) -> None:
    page = await http.get("/api/docs")

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 4
    assert all(path.startswith("/api/docs/") for path in loaded)
    assert not re.search(r"<script>|<style|style=| on\w+=", page.text)
    for path in loaded:
        asset = await http.get(path)
        assert asset.status_code == 200
        kept = "immutable" in asset.headers["cache-control"]
        assert kept == ("swagger-ui-" in path)
