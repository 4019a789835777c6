"""What a customer has ordered, told to the service that tells it to them."""

from uuid import uuid4

import pytest
from contracts import order
from contracts.kept import MOST, MOST_ITEMS, WhatIsKept
from contracts.order import Item, KeptOrders
from flowkit.testing.calls import a_call
from msgspec import UNSET
from order_service.basket import Basket
from order_service.flows.list_orders_of import ListOrdersOf

from .fakes import FakeStore

ADA, BOB = str(uuid4()), str(uuid4())
A_FULL_ORDER = 100


def basket(items: int) -> Basket:
    return Basket.of([Item(product_id=f"product-{n}", quantity=1, price="1.00") for n in range(items)])


async def every_page(store: FakeStore) -> list[KeptOrders]:
    pages = [await ListOrdersOf(store).run(WhatIsKept(customer_id=ADA), a_call(service="customer"))]
    while pages[-1].next is not UNSET:
        which = WhatIsKept(customer_id=ADA, before=pages[-1].next)
        pages.append(await ListOrdersOf(store).run(which, a_call(service="customer")))
    return pages


async def test_an_order_is_told_with_all_that_is_in_it() -> None:
    store, call = FakeStore(), a_call(service="customer")
    placed = await store.add(ADA, basket(3))
    await store.add(BOB, basket(1))

    told = await ListOrdersOf(store).run(WhatIsKept(customer_id=ADA), call)

    assert (told.items, told.next) == ((placed,), UNSET)
    assert call.steps == ["Fetching orders"]
    assert call.concerns == {"customer": ADA}


@pytest.mark.parametrize(("orders", "items"), [(2 * MOST + 1, 1), (MOST, 1), (9, A_FULL_ORDER), (0, 1)])
async def test_whatever_they_hold_all_orders_are_told_once_and_no_page_of_more_than_a_message_carries(
    orders: int, items: int
) -> None:
    store = FakeStore()
    placed = [await store.add(ADA, basket(items)) for _ in range(orders)]

    pages = await every_page(store)

    assert [each for page in pages for each in page.items] == placed[::-1]
    assert all(len(page.items) <= MOST for page in pages)
    assert all(sum(len(each.items) for each in page.items) <= MOST_ITEMS for page in pages)


def test_there_is_room_for_the_greatest_order_there_can_be() -> None:
    assert MOST_ITEMS >= A_FULL_ORDER


def test_customer_alone_may_ask() -> None:
    access = order.orders_of.access

    assert (access.is_internal, access.is_routable, access.services) == (True, False, ("customer",))
