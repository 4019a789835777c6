"""What each strike hit: requests that had no answer yet, and chains that had begun and were not over."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from .books import Books
from .history import History


def hit_at(moment: float, history: History, books: Books) -> Counter[str]:
    """By how far each had come, told by the books once all of it is over."""
    pending = sum(each.was_pending_at(moment) for each in history.operations)
    return Counter({"requests": pending}) + Counter(_between(moment, books))


def _between(moment: float, books: Books) -> Iterator[str]:
    customers = {each.id: each.created_at for each in books.customers}
    orders = {each.id: each for each in books.orders}
    payments = {each.order_id: each.created_at for each in books.payments}
    for order in orders.values():
        if order.origin == "welcome" and _is_between(moment, customers.get(order.customer_id), order.created_at):
            yield "welcome orders to be placed"
        if _is_between(moment, order.created_at, payments.get(order.id)):
            yield "payments to be made"
        if _is_between(moment, payments.get(order.id), order.updated_at):
            yield "orders to be ended"
    for each in books.notifications:
        order = orders.get(each.order_id or "")
        cause = customers.get(each.customer_id) if order is None else order.created_at
        cause = payments.get(order.id) if order and each.kind.startswith("payment") else cause
        if _is_between(moment, cause, each.created_at):
            yield "notifications to be put down"
        if _is_between(moment, each.created_at, each.sent_at):
            yield "notifications to be sent"


def _is_between(moment: float, begun: datetime | None, over: datetime | None) -> bool:
    return begun is not None and over is not None and begun.timestamp() < moment < over.timestamp()
