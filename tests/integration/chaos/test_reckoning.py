"""The check finds whatever is planted, and nothing where all is as it should be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from .shop.books import Announcement, Books, Customer, Notification, Order, Payment
from .shop.history import CUT_OFF, MADE, NEVER_RAN, Attempt, History, Kind, Operation
from .shop.reckoning import reckoned

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA, GRACE = "ada@example.org", "grace@example.org"
PRODUCT = "product-1"

type Change = Callable[[Books], Books]


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def an_operation(kind: Kind, mark: str, *statuses: int, id_: str = "") -> Operation:
    attempts = [Attempt(NOON.timestamp(), after(1).timestamp(), status) for status in statuses]
    return Operation(kind=kind, mark=mark, id=id_, attempts=attempts)


def an_order(id_: str, origin: str, product: str, status: str) -> Order:
    return Order(
        id=id_,
        customer_id="ada",
        status=status,
        origin=origin,
        payment_id=f"{id_} payment",
        total="1.00",
        products=(product,),
        created_at=after(2),
        updated_at=after(6),
    )


def a_payment(order_id: str, refusal: str | None) -> Payment:
    id_ = f"{order_id} payment"
    return Payment(id=id_, order_id=order_id, customer_id="ada", amount="1.00", refusal=refusal, created_at=after(4))


def a_notification(kind: str, order_id: str | None = None) -> Notification:
    return Notification(
        id=f"{kind} {order_id}",
        customer_id="ada",
        order_id=order_id,
        kind=kind,
        status="sent",
        created_at=after(7),
        sent_at=after(8),
    )


HISTORY = History(
    [
        an_operation("registration", ADA, CUT_OFF, MADE, id_="ada"),
        an_operation("registration", GRACE, CUT_OFF),
        an_operation("order", PRODUCT, MADE, id_="first"),
        an_operation("order", "product-2", NEVER_RAN),
        an_operation("bad order", "product-3", 400),
        an_operation("taken email", ADA, 409),
    ]
)
NOTIFICATIONS = [
    a_notification("welcome"),
    a_notification("order_received", "welcome"),
    a_notification("payment_completed", "welcome"),
    a_notification("order_received", "first"),
    a_notification("payment_failed", "first"),
]
GOOD = Books(
    customers=[Customer(id="ada", email=ADA, created_at=NOON)],
    orders=[
        an_order("welcome", "welcome", "product-welcome", "paid"),
        an_order("first", "customer", PRODUCT, "failed"),
    ],
    payments=[a_payment("welcome", None), a_payment("first", "declined")],
    notifications=NOTIFICATIONS,
    events=[
        Announcement("1", "customer.registered", "ada"),
        Announcement("2", "order.created", "welcome"),
        Announcement("3", "order.created", "first"),
        Announcement("4", "payment.completed", "welcome"),
        Announcement("5", "payment.failed", "first"),
    ],
    letters=[each.id for each in NOTIFICATIONS],
)


def test_where_all_is_well_nothing_is_found() -> None:
    assert reckoned(HISTORY, GOOD) == []


def without(what: str, place: int) -> Change:
    return lambda books: replace(books, **{what: [*getattr(books, what)[:place], *getattr(books, what)[place + 1 :]]})


def twice(what: str, place: int) -> Change:
    def change(books: Books) -> Books:
        rows = getattr(books, what)
        return replace(books, **{what: [*rows, replace(rows[place], id="another")]})

    return change


def other(what: str, place: int, **fields: object) -> Change:
    def change(books: Books) -> Books:
        rows = list(getattr(books, what))
        rows[place] = replace(rows[place], **fields)
        return replace(books, **{what: rows})

    return change


def and_with(what: str, row: object) -> Change:
    return lambda books: replace(books, **{what: [*getattr(books, what), row]})


GRACES = Customer(id="grace", email=GRACE, created_at=NOON)

PLANTED: dict[str, tuple[Change, str]] = {
    "a registration that is gone": (without("customers", 0), f"lost registration {ADA}"),
    "one made again under another id": (other("customers", 0, id="eve"), f"lost registration {ADA}"),
    "one made twice": (twice("customers", 0), f"doubled registration {ADA}"),
    "an order that is gone": (without("orders", 1), f"lost order {PRODUCT}"),
    "an order made twice": (twice("orders", 1), f"doubled order {PRODUCT}"),
    "no welcome order": (without("orders", 0), "lost welcome order of ada"),
    "two of them": (twice("orders", 0), "doubled welcome order of ada"),
    "no payment": (without("payments", 1), "lost payment of order first"),
    "two payments": (twice("payments", 0), "doubled payment of order welcome"),
    "an order without an end": (other("orders", 0, status="pending"), "lost final status of order welcome"),
    "an end its payment contradicts": (other("orders", 0, status="failed"), "contradicted order welcome and its"),
    "an end by another payment": (other("orders", 0, payment_id="x"), "contradicted order welcome and its"),
    "a payment of another amount": (other("payments", 1, amount="9.00"), "contradicted order first and its"),
    "nobody welcomed": (without("notifications", 0), "lost notification welcome to ada"),
    "nobody told of an order": (without("notifications", 3), "lost notification order_received to ada about first"),
    "told of a payment twice": (twice("notifications", 2), "doubled notification payment_completed to ada"),
    "told of a payment that failed": (
        other("notifications", 2, kind="payment_failed"),
        "contradicted notification payment_failed to ada about welcome",
    ),
    "a letter that waits": (other("notifications", 1, status="waiting"), "lost notification order_received to ada"),
    "a letter given up": (other("notifications", 4, status="undeliverable"), "lost notification payment_failed"),
    "half of what nobody knows of": (and_with("customers", GRACES), "lost welcome order of grace"),
    "what was refused": (other("orders", 1, products=("product-3",)), "from nowhere bad order product-3"),
    "what was told not to have run": (other("orders", 1, products=("product-2",)), "from nowhere order product-2"),
    "what nobody asked for": (other("customers", 0, email="eve@example.org"), "from nowhere eve@example.org"),
    "a payment of no order": (and_with("payments", a_payment("none", None)), "from nowhere payment none payment"),
    "a letter about nothing": (
        and_with("notifications", a_notification("order_received", "none")),
        "from nowhere notification order_received none",
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_found(planted: str) -> None:
    change, found = PLANTED[planted]

    findings = [f"{each.wrong} {each.what}" for each in reckoned(HISTORY, change(GOOD))]

    assert any(each.startswith(found) for each in findings), findings


def test_what_nobody_was_told_of_may_be_there_whole_or_not_at_all() -> None:
    registered = History([an_operation("registration", ADA, CUT_OFF), an_operation("order", PRODUCT, 504)])

    assert reckoned(registered, GOOD) == []
    assert reckoned(registered, Books(customers=[], orders=[], payments=[], notifications=[])) == []
