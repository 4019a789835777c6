"""The check of what has left: a unique index that hides work done twice in a database hides nothing here."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from .books import Books
from .finding import Finding, one

type Which = tuple[str, str]
"""The name of an event, and what it is about."""


def outgoing(books: Books) -> Iterator[Finding]:
    yield from _announced(books)
    yield from _written(books)


def stored_again(books: Books) -> int:
    """Copies of events in the stream: one of a relay that was not told it is stored, after the stream forgot its id."""
    return len(books.events) - len({each.id for each in books.events})


def written_again(books: Books) -> int:
    """Lines of the log channel about what it had told of before: nobody knows whether the first one was read."""
    return len(books.letters) - len(set(books.letters))


def _announced(books: Books) -> Iterator[Finding]:
    """Each under one id, however often it is stored: whoever acts on it knows it by that."""
    due = _due(books)
    found: dict[Which, set[str]] = defaultdict(set)
    for event in books.events:
        found[event.name, event.about].add(event.id)
    for which, mark in due.items():
        yield from one(found[which], f"event {which[0]} of {which[1]}", mark)
    for name, about in found.keys() - due.keys():
        yield Finding("from nowhere", f"event {name} of {about}")


def _due(books: Books) -> Mapping[Which, str]:
    """What is to have been announced, and the mark of the operation it came of."""
    emails = {each.id: each.email for each in books.customers}
    marks = {each.id: _mark(each.products, each.origin, emails.get(each.customer_id, "")) for each in books.orders}
    due = {("customer.registered", customer_id): email for customer_id, email in emails.items()}
    due |= {("order.created", order_id): mark for order_id, mark in marks.items()}
    for each in books.payments:
        end = "payment.completed" if each.refusal is None else "payment.failed"
        due[end, each.order_id] = marks.get(each.order_id, "")
    return due


def _mark(products: tuple[str, ...], origin: str, email: str) -> str:
    return products[0] if origin == "customer" else email


def _written(books: Books) -> Iterator[Finding]:
    lines = Counter(books.letters)
    for each in books.notifications:
        if each.status == "sent" and each.id not in lines:
            yield Finding("lost", f"letter {each.kind} to {each.customer_id} about {each.order_id or 'themselves'}")
    for unknown in lines.keys() - {each.id for each in books.notifications}:
        yield Finding("from nowhere", f"letter {unknown}")
