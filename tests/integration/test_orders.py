"""Orders: placing one, who may see which, what is no order."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.logbook import steps
from tests.cluster.people import Person, an_order

from .answers import data_of, invalid, refused, trace_of

ORDERS = "/api/v1/orders"
NOBODY = "00000000-0000-0000-0000-000000000000"
WITHIN_S = 40


async def test_a_customer_places_an_order_and_sees_it(http: AsyncClient, people: People, cluster: Running) -> None:
    ada = await people.new_customer()
    items = [
        {"productId": "product-lamp", "quantity": 3, "price": 0.1},
        {"productId": "product-oil-2", "quantity": 9999, "price": "999999.99"},
    ]

    placed = await http.post(ORDERS, json={"items": items}, headers=ada.bearer)

    order = data_of(placed, 201)
    assert {name: order[name] for name in ("customerId", "origin", "total")} == {
        "customerId": ada.id,
        "origin": "customer",
        "total": "9998999900.31",
    }
    assert order["items"] == [
        {"productId": "product-lamp", "quantity": 3, "price": "0.10"},
        {"productId": "product-oil-2", "quantity": 9999, "price": "999999.99"},
    ]
    seen = data_of(await http.get(f"{ORDERS}/{order['id']}", headers=ada.bearer))
    assert {name: seen[name] for name in ("id", "items", "total", "createdAt")} == {
        name: order[name] for name in ("id", "items", "total", "createdAt")
    }
    line = await cluster.log.flow(trace_of(placed), "api.v1.order.create")
    assert steps(line) == ["Adding up items", "Creating order", "Announcing order", "SUCCESS"]


async def test_for_anybody_else_there_is_no_such_order(http: AsyncClient, people: People) -> None:
    ada, eve = await people.new_customer(), await people.new_customer()
    order = await people.new_order(ada)

    for id_ in (order, NOBODY):
        refused(await http.get(f"{ORDERS}/{id_}", headers=eve.bearer), 404, "NOT_FOUND", "Order not found")
    data_of(await http.get(f"{ORDERS}/{order}", headers=(await people.root()).bearer))


async def test_a_customers_list_holds_their_own_and_the_newest_first(http: AsyncClient, people: People) -> None:
    ada, eve = await people.new_customer(), await people.new_customer()
    placed = [await people.new_order(ada) for _ in range(3)]
    await people.new_order(eve)

    listed = await _list(http, ada.bearer)

    own = [each for each in listed if each["origin"] == "customer"]
    assert [each["id"] for each in own] == placed[::-1]
    assert {each["customerId"] for each in listed} == {ada.id}
    assert {(each["itemCount"], each["total"]) for each in own} == {(1, "59.98")}


async def test_an_admins_list_holds_everybodys(http: AsyncClient, people: People) -> None:
    placed = {await people.new_order(await people.new_customer()) for _ in range(2)}

    page = data_of(await http.get(ORDERS, params={"limit": 100}, headers=(await people.root()).bearer))

    # The newest first; other stories place theirs meanwhile.
    assert placed <= {each["id"] for each in page["items"]}
    assert page["total"] >= len(page["items"])


async def test_every_fault_of_every_item_is_told(http: AsyncClient, people: People) -> None:
    items = [
        {"productId": "lamp", "quantity": 0, "price": 29.999},
        {"productId": "product-lamp", "quantity": 1, "price": 1},
        {"productId": "product-", "quantity": 10_000, "price": "1000000", "gift": True},
        {"quantity": 1.5},
    ]

    answer = await http.post(ORDERS, json={"items": items}, headers=(await people.new_customer()).bearer)

    assert invalid(answer) == {
        "items.0.productId": "Not in the expected form",
        "items.0.quantity": "Must be at least 1",
        "items.0.price": "Must have at most two decimal places",
        "items.2.productId": "Not in the expected form",
        "items.2.quantity": "Must be at most 9999",
        "items.2.price": "Not in the expected form",
        "items.2.gift": "Unknown field",
        "items.3.productId": "Required",
        "items.3.quantity": "Must be a whole number",
        "items.3.price": "Required",
    }


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, {"items": "Required"}),
        ({"items": []}, {"items": "Must be at least 1 item"}),
        ({"items": an_order()["items"] * 101}, {"items": "Must be at most 100 items"}),
        ({"items": {}}, {"items": "Must be a list"}),
        (an_order() | {"customerId": NOBODY}, {"customerId": "Unknown field"}),
    ],
)
async def test_what_is_no_order_is_refused(
    http: AsyncClient, people: People, body: dict[str, object], told: dict[str, str]
) -> None:
    answer = await http.post(ORDERS, json=body, headers=(await people.new_customer()).bearer)

    assert invalid(answer) == told


async def test_ten_tries_under_one_key_place_one_order(http: AsyncClient, people: People) -> None:
    ada = await people.new_customer()
    headers = ada.bearer | {"Idempotency-Key": str(uuid4())}

    answers = await asyncio.gather(*(http.post(ORDERS, json=an_order(), headers=headers) for _ in range(10)))

    assert len({data_of(answer, 201)["id"] for answer in answers}) == 1
    assert len([each for each in await _list(http, ada.bearer) if each["origin"] == "customer"]) == 1


async def test_an_order_that_is_placed_is_paid_for_beside_the_welcome_order(http: AsyncClient, people: People) -> None:
    ada = await people.new_customer()
    placed = await people.new_order(ada)

    told = await _ended(http, ada, 2)

    assert {each["origin"]: (each["id"] == placed, each["status"]) for each in told} == {
        "customer": (True, "paid"),
        "welcome": (False, "paid"),
    }


async def test_a_page_follows_the_one_before(http: AsyncClient, people: People) -> None:
    ada = await people.new_customer()
    await _ended(http, ada, 1)
    placed = [await people.new_order(ada) for _ in range(3)]

    pages = [data_of(await http.get(ORDERS, params={"page": page, "limit": 2}, headers=ada.bearer)) for page in (1, 2)]

    assert [each["id"] for page in pages for each in page["items"]][:3] == placed[::-1]
    assert [(page["total"], page["page"], page["limit"], len(page["items"])) for page in pages] == [
        (4, 1, 2, 2),
        (4, 2, 2, 2),
    ]


async def _list(http: AsyncClient, bearer: dict[str, str]) -> list[dict[str, Any]]:
    return data_of(await http.get(ORDERS, params={"limit": 100}, headers=bearer))["items"]


async def _ended(http: AsyncClient, who: Person, count: int) -> list[dict[str, Any]]:
    """A customer's orders, once there are so many and none is pending any more."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            found = await _list(http, who.bearer)
            if len(found) >= count and all(each["status"] != "pending" for each in found):
                assert len(found) == count
                return found
            await asyncio.sleep(0.05)
