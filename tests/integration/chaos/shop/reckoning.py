"""The check: whatever was acknowledged has its whole chain, each link of it once; what was refused has nothing."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from .books import Books, Customer, Notification, Order, Payment
from .finding import Finding, one
from .history import History, Operation
from .outgoing import outgoing

PAYMENTS_WORD: Final = {"paid": "payment_completed", "failed": "payment_failed"}


@dataclass(frozen=True, slots=True)
class _Index:
    """The books, by what holds them together."""

    customers: dict[str, list[Customer]]
    orders: dict[str, list[Order]]
    orders_of: dict[str, list[Order]]
    payments_of: dict[str, list[Payment]]
    told: dict[tuple[str, str | None], list[Notification]]
    by_mark: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, books: Books) -> "_Index":
        index = cls(
            _by(books.customers, lambda each: each.id),
            _by(books.orders, lambda each: each.id),
            _by(books.orders, lambda each: each.customer_id),
            _by(books.payments, lambda each: each.order_id),
            _by(books.notifications, lambda each: (each.customer_id, each.order_id)),
        )
        for customer in books.customers:
            index.by_mark[customer.email].append(customer.id)
        for order in books.orders:
            for product in order.products if order.origin == "customer" else ():
                index.by_mark[product].append(order.id)
        return index


def reckoned(history: History, books: Books) -> list[Finding]:
    index = _Index.of(books)
    return [
        *(finding for each in history.operations for finding in _of_an_operation(each, index)),
        *(finding for each in books.customers for finding in _of_a_customer(each, index)),
        *(finding for each in books.orders for finding in _of_an_order(each, index)),
        *_from_nowhere(history, books, index),
        *outgoing(books),
    ]


def _of_an_operation(operation: Operation, index: _Index) -> Iterator[Finding]:
    found = index.by_mark.get(operation.mark, [])
    what = f"{operation.kind} {operation.mark}"
    if operation.kind == "taken email":
        return
    if len(found) > 1:
        yield Finding("doubled", what, operation.mark)
    match operation.fate:
        case "acknowledged" if operation.id not in found:
            yield Finding("lost", what, operation.mark)
        case "refused" | "failed" if found:
            yield Finding("from nowhere", f"{what}, which was {operation.fate}", operation.mark)
        case _:
            pass


def _of_a_customer(customer: Customer, index: _Index) -> Iterator[Finding]:
    welcomes = [each for each in index.orders_of.get(customer.id, ()) if each.origin == "welcome"]
    yield from one(welcomes, f"welcome order of {customer.id}", customer.email)
    yield from _told(index, customer.id, None, ["welcome"], customer.email)


def _of_an_order(order: Order, index: _Index) -> Iterator[Finding]:
    mark = order.products[0] if order.origin == "customer" else _email_of(order.customer_id, index)
    payments = index.payments_of.get(order.id, [])
    yield from one(payments, f"payment of order {order.id}", mark)
    if order.status not in PAYMENTS_WORD:
        yield Finding("lost", f"final status of order {order.id}", mark)
        return
    for payment in payments:
        if not _agree(order, payment):
            yield Finding("contradicted", f"order {order.id} and its payment {payment.id}", mark)
    yield from _told(index, order.customer_id, order.id, ["order_received", PAYMENTS_WORD[order.status]], mark)


def _agree(order: Order, payment: Payment) -> bool:
    status = "paid" if payment.refusal is None else "failed"
    mine = (order.payment_id, order.status, order.total, order.customer_id)
    return mine == (payment.id, status, payment.amount, payment.customer_id)


def _told(index: _Index, customer_id: str, order_id: str | None, kinds: list[str], mark: str) -> Iterator[Finding]:
    about = f"to {customer_id} about {order_id or 'themselves'}"
    told = index.told.get((customer_id, order_id), [])
    counted = Counter(each.kind for each in told)
    for kind in {*kinds, *counted}:
        if kind not in kinds:
            yield Finding("contradicted", f"notification {kind} {about}", mark)
            continue
        yield from one([each for each in told if each.kind == kind], f"notification {kind} {about}", mark)
    for each in told:
        if each.status != "sent":
            yield Finding("lost", f"notification {each.kind} {about} is {each.status}", mark)


def _from_nowhere(history: History, books: Books, index: _Index) -> Iterator[Finding]:
    marks = {each.mark for each in history.operations}
    for mark in index.by_mark.keys() - marks:
        yield Finding("from nowhere", f"{mark}, which nobody asked for", mark)
    for order in books.orders:
        if order.customer_id not in index.customers:
            yield Finding("from nowhere", f"order {order.id}, of nobody")
    for payment in books.payments:
        if payment.order_id not in index.orders:
            yield Finding("from nowhere", f"payment {payment.id}, of no order")
    for each in books.notifications:
        of_an_order = each.order_id is None or each.order_id in index.orders
        if each.customer_id not in index.customers or not of_an_order:
            yield Finding("from nowhere", f"notification {each.id}, about nothing")


def _email_of(customer_id: str, index: _Index) -> str:
    return next((each.email for each in index.customers.get(customer_id, ())), "")


def _by[Key, Row](rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
