"""What each strike hit: requests that had no answer yet, and chains that had begun and were not over."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from .books import Books
from .history import REGISTRATIONS, History, Struck

REGISTERING, ORDERING = "registrations to be answered", "orders to be answered"
WELCOMING, PAYING, ENDING = "welcome orders to be placed", "payments to be made", "orders to be ended"
TELLING, SENDING = "notifications to be put down", "notifications to be sent"
# Of those that work for all the others, whatever is under way is theirs.
OWN: Final = {
    "gateway": {REGISTERING, ORDERING},
    "auth": {ORDERING},
    "customer": {REGISTERING, SENDING},
    "order": {ORDERING, WELCOMING, ENDING},
    "payment": {PAYING},
    "notification": {TELLING, SENDING},
}


def is_its_own(struck: Struck, hit: Counter[str]) -> bool:
    """Whether what was struck had work of its own under way."""
    return any(part not in OWN or OWN[part] & hit.keys() for part in struck.parts)


def hit_at(moment: float, history: History, books: Books) -> Counter[str]:
    """By how far each had come, told by the books once all of it is over."""
    pending = (each for each in history.operations if each.was_pending_at(moment))
    asked = Counter(REGISTERING if each.kind in REGISTRATIONS else ORDERING for each in pending)
    return asked + Counter(_between(moment, books))


def ends(books: Books) -> Mapping[str, float]:
    """When the last letter was sent about an order, or about a customer and their welcome order; by their ids.

    A letter may wait: for who was killed before, behind others, or until it is given to somebody else.
    """
    newcomers = {each.id: each.customer_id for each in books.orders if each.origin == "welcome"}
    last: dict[str, float] = defaultdict(float)
    for each in books.notifications:
        about = newcomers.get(each.order_id, each.order_id) if each.order_id else each.customer_id
        last[about] = max(last[about], (each.sent_at or each.created_at).timestamp())
    return last


def _between(moment: float, books: Books) -> Iterator[str]:
    customers = {each.id: each.created_at for each in books.customers}
    orders = {each.id: each for each in books.orders}
    payments = {each.order_id: each.created_at for each in books.payments}
    for order in orders.values():
        if order.origin == "welcome" and _is_between(moment, customers.get(order.customer_id), order.created_at):
            yield WELCOMING
        if _is_between(moment, order.created_at, payments.get(order.id)):
            yield PAYING
        if _is_between(moment, payments.get(order.id), order.updated_at):
            yield ENDING
    for each in books.notifications:
        order = orders.get(each.order_id or "")
        cause = customers.get(each.customer_id) if order is None else order.created_at
        cause = payments.get(order.id) if order and each.kind.startswith("payment") else cause
        if _is_between(moment, cause, each.created_at):
            yield TELLING
        if _is_between(moment, each.created_at, each.sent_at):
            yield SENDING


def _is_between(moment: float, begun: datetime | None, over: datetime | None) -> bool:
    return begun is not None and over is not None and begun.timestamp() < moment < over.timestamp()
