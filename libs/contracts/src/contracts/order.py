"""order: what customers have ordered, and what became of it."""

from datetime import datetime
from typing import Annotated, Literal

from flowkit.contract import (
    Command,
    Event,
    Fact,
    Id,
    Limit,
    NotFound,
    PageNumber,
    Payload,
    Query,
    Reply,
    only,
    role,
)
from msgspec import UNSET, Meta, UnsetType

from contracts.kept import WhatIsKept
from contracts.money import Amount, Price, at_most_two_places, some_money

Status = Literal["pending", "paid", "failed"]
Origin = Literal["customer", "welcome"]

ProductId = Annotated[
    str,
    Meta(
        max_length=100,
        pattern=r"^product-[A-Za-z0-9-]+(?!\n)$",
        description="`product-`, then letters, digits and hyphens.",
        examples=["product-123"],
    ),
]
Quantity = Annotated[int, Meta(ge=1, le=9999)]


class Item(Payload):
    product_id: ProductId
    quantity: Quantity
    price: Price

    def __post_init__(self) -> None:
        at_most_two_places(self.price)


class NewOrder(Payload):
    items: Annotated[tuple[Item, ...], Meta(min_length=1, max_length=100)]


class WhichOrder(Payload):
    id: Id


class Page(Payload):
    """The newest first."""

    page: PageNumber = 1
    limit: Limit = 10


class OrderedItem(Reply):
    product_id: str
    quantity: int
    price: Amount


class Order(Reply):
    id: str
    customer_id: str
    status: Status
    origin: Origin
    items: tuple[OrderedItem, ...]
    total: Amount
    created_at: datetime
    updated_at: datetime


class OrderSummary(Reply):
    """An order as a list shows it: what was ordered is told of one at a time."""

    id: str
    customer_id: str
    status: Status
    origin: Origin
    item_count: int
    total: Amount
    created_at: datetime
    updated_at: datetime


class OrderPage(Reply):
    items: tuple[OrderSummary, ...]
    total: int
    page: int
    limit: int


class KeptOrders(Reply):
    """Where there is more, `next` is what to ask for orders before."""

    items: tuple[Order, ...]
    next: str | UnsetType = UNSET


class NoSuchOrder(NotFound):
    """Order not found"""


class OrderCreated(Fact):
    order_id: Id
    customer_id: Id
    total: Amount
    origin: Origin

    def __post_init__(self) -> None:
        some_money(self.total)


create = Command("api.v1.order.create", NewOrder, Order, access=role("customer"), status=201)
get_list = Query("api.v1.order.getList", Page, OrderPage, access=role("admin", "customer"))
get = Query("api.v1.order.get", WhichOrder, Order, raises=(NoSuchOrder,), access=role("admin", "customer"))

orders_of = Query("api.v1.order.ordersOf", WhatIsKept, KeptOrders, access=only("customer"))

ALL = (create, get_list, get, orders_of)

created = Event("order.created", OrderCreated, key=lambda told: told.order_id)
