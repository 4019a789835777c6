"""The check of what has left finds what was planted, and tells repetition from doubling."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from .shop.books import Announcement, Books
from .shop.outgoing import outgoing, stored_again, written_again
from .test_reckoning import GOOD, Change, and_with, other, twice, without

REGISTERED, CREATED, COMPLETED, FAILED = "customer.registered", "order.created", "payment.completed", "payment.failed"


def repeated(what: str, place: int) -> Change:
    return lambda books: replace(books, **{what: [*getattr(books, what), getattr(books, what)[place]]})


PLANTED: dict[str, tuple[Change, str]] = {
    "a registration nobody was told of": (without("events", 0), "lost event customer.registered of ada"),
    "an order nobody was told of": (without("events", 2), "lost event order.created of first"),
    "a payment nobody was told of": (without("events", 3), "lost event payment.completed of welcome"),
    "an event told under two ids": (twice("events", 1), "doubled event order.created of welcome"),
    "a payment told under two ids": (twice("events", 4), "doubled event payment.failed of first"),
    "another end than the payment's": (other("events", 4, name=COMPLETED), "lost event payment.failed of first"),
    "both ends": (
        and_with("events", Announcement("x", FAILED, "welcome")),
        "from nowhere event payment.failed of welcome",
    ),
    "an event of nobody": (
        and_with("events", Announcement("x", REGISTERED, "eve")),
        "from nowhere event customer.registered of eve",
    ),
    "a letter that was never written": (without("letters", 3), "lost letter order_received to ada about first"),
    "a letter nobody put down": (and_with("letters", "x"), "from nowhere letter x"),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_found(planted: str) -> None:
    change, found = PLANTED[planted]

    assert found in [f"{each.wrong} {each.what}" for each in outgoing(change(GOOD))]


@pytest.mark.parametrize(("what", "count"), [("events", stored_again), ("letters", written_again)])
def test_a_repetition_is_told_and_is_no_fault(what: str, count: Callable[[Books], int]) -> None:
    assert count(GOOD) == 0

    told_twice = repeated(what, 0)(GOOD)

    assert list(outgoing(told_twice)) == []
    assert count(told_twice) == 1


def test_what_is_not_sent_yet_needs_no_line() -> None:
    assert list(outgoing(other("notifications", 0, status="waiting")(without("letters", 0)(GOOD)))) == []
