"""What all services have stored, read straight from their databases, and what has left them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from tests.cluster import Running
from tests.integration.records import records


class Customer(Struct, frozen=True, kw_only=True):
    id: str
    email: str
    created_at: datetime


class Order(Struct, frozen=True, kw_only=True):
    id: str
    customer_id: str
    status: str
    origin: str
    payment_id: str | None
    total: str
    products: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


class Payment(Struct, frozen=True, kw_only=True):
    id: str
    order_id: str
    customer_id: str
    amount: str
    refusal: str | None
    created_at: datetime


class Notification(Struct, frozen=True, kw_only=True):
    id: str
    customer_id: str
    order_id: str | None
    kind: str
    status: str
    created_at: datetime
    sent_at: datetime | None


class Announcement(Struct, frozen=True):
    """As the stream holds it; `id` is the event's, `about` the customer's or the order's."""

    id: str
    name: str
    about: str


class Books(Struct, frozen=True, kw_only=True):
    """`letters` are the notifications the log channel has told of, by their ids, a line each."""

    customers: Sequence[Customer]
    orders: Sequence[Order]
    payments: Sequence[Payment]
    notifications: Sequence[Notification]
    events: Sequence[Announcement] = ()
    letters: Sequence[str] = ()


_CUSTOMERS: Final = "SELECT id, email, created_at FROM customers"
_ORDERS: Final = """SELECT id, customer_id, status, origin, payment_id, total::text, created_at, updated_at,
    (SELECT json_agg(product_id) FROM order_items WHERE order_id = id) AS products FROM orders"""
_PAYMENTS: Final = "SELECT id, order_id, customer_id, amount::text, refusal, created_at FROM payments"
_NOTIFICATIONS: Final = "SELECT id, customer_id, order_id, kind, status, created_at, sent_at FROM notifications"


async def books(running: Running) -> Books:
    customers, orders, payments, notifications = await asyncio.gather(
        _rows(running, "customer", _CUSTOMERS, Customer),
        _rows(running, "order", _ORDERS, Order),
        _rows(running, "payment", _PAYMENTS, Payment),
        _rows(running, "notification", _NOTIFICATIONS, Notification),
    )
    return Books(customers=customers, orders=orders, payments=payments, notifications=notifications)


async def _rows[Row: Struct](running: Running, service: str, select: str, row: type[Row]) -> Sequence[Row]:
    async with records(running.database_url(service)) as kept:
        text = await kept.one(f"SELECT coalesce(json_agg(each), '[]')::text FROM ({select}) AS each")  # noqa: S608  ours
    return msgspec.json.decode(text, type=list[row])
