"""What happens by itself: a newcomer is given an order, and whatever is ordered is paid for."""

import asyncio
from typing import Any

from httpx import AsyncClient

from tests.cluster import People
from tests.cluster.people import Person

from .answers import data_of

ORDERS = "/api/v1/orders"
WITHIN_S = 40


async def test_a_newcomer_is_given_one_order_which_is_paid_for(http: AsyncClient, people: People) -> None:
    ada = await people.new_customer()

    (welcome,) = await ended(http, ada, 1)

    assert (welcome["origin"], welcome["status"], welcome["customerId"]) == ("welcome", "paid", ada.id)
    seen = data_of(await http.get(f"{ORDERS}/{welcome['id']}", headers=ada.bearer))
    assert [(each["productId"], each["quantity"]) for each in seen["items"]] == [("product-welcome", 1)]
    assert seen["total"] == seen["items"][0]["price"] == welcome["total"]
    assert seen["updatedAt"] > seen["createdAt"]


async def test_an_order_that_is_placed_is_paid_for_beside_the_welcome_order(http: AsyncClient, people: People) -> None:
    ada = await people.new_customer()
    placed = await people.new_order(ada)

    told = await ended(http, ada, 2)

    assert {each["origin"]: (each["id"] == placed, each["status"]) for each in told} == {
        "customer": (True, "paid"),
        "welcome": (False, "paid"),
    }


async def test_a_page_follows_the_one_before(http: AsyncClient, people: People) -> None:
    ada = await people.new_customer()
    await ended(http, ada, 1)
    placed = [await people.new_order(ada) for _ in range(3)]

    pages = [data_of(await http.get(ORDERS, params={"page": page, "limit": 2}, headers=ada.bearer)) for page in (1, 2)]

    assert [each["id"] for page in pages for each in page["items"]][:3] == placed[::-1]
    assert [(page["total"], page["page"], page["limit"], len(page["items"])) for page in pages] == [
        (4, 1, 2, 2),
        (4, 2, 2, 2),
    ]


async def ended(http: AsyncClient, who: Person, count: int) -> list[dict[str, Any]]:
    """A customer's orders, once there are so many and none is pending any more."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            found = data_of(await http.get(ORDERS, params={"limit": 100}, headers=who.bearer))["items"]
            if len(found) >= count and all(each["status"] != "pending" for each in found):
                assert len(found) == count
                return found
            await asyncio.sleep(0.05)
