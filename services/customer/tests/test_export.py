"""What is kept of a customer, told to themselves."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from contracts import audit, auth, notification, order, payment
from contracts.customer import CustomerExport, NewCustomer, NoSuchCustomer, WhichExport
from contracts.kept import MOST_ENTRIES
from customer_service.flows.export_customer import ExportCustomer
from customer_service.flows.register_customer import RegisterCustomer
from customer_service.kept import Placed
from flowkit.audit import Entry
from flowkit.contract import Identity, Query, Unavailable
from flowkit.testing.calls import a_call, someone
from flowkit.testing.passwords import PlainPasswords
from msgspec import UNSET

from .fakes import FakeStore
from .others import Others, a_notification, a_payment, a_session_opened, an_order, place

ADA = NewCustomer(email="ada@example.org", password="correct horse", first_name="Ada", last_name="Lovelace")
NOBODY = "00000000-0000-0000-0000-000000000000"
ADMIN = someone("admin", user_id="0190b7a0-0000-7000-8000-00000000000f")


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
async def ada(store: FakeStore) -> str:
    return (await RegisterCustomer(store, PlainPasswords()).run(ADA, a_call())).id


async def page_of(store: FakeStore, others: Others, id_: str, before: str | None = None) -> CustomerExport:
    which = WhichExport(id=id_) if before is None else WhichExport(id=id_, before=before)
    return await ExportCustomer(store, others).run(which, a_call(someone(user_id=id_)))


async def every_page(store: FakeStore, others: Others, id_: str) -> list[CustomerExport]:
    pages = [await page_of(store, others, id_)]
    while isinstance(before := pages[-1].next, str):
        pages.append(await page_of(store, others, id_, before))
    return pages


def told_by(pages: list[CustomerExport], part: Callable[[CustomerExport], Sequence[Placed]]) -> list[str]:
    return [each.id for page in pages for each in part(page)]


async def test_the_record_and_what_every_service_keeps_are_told(store: FakeStore, ada: str) -> None:
    others = Others(
        orders=[an_order(place(1), ada)],
        payments=[a_payment(place(2))],
        notifications=[a_notification(place(3), ada)],
        entries=[a_session_opened("ffffffff-0000-0000-0000-000000000000", ada)],
    )
    call = a_call(someone(user_id=ada))

    told = await ExportCustomer(store, others).run(WhichExport(id=ada), call)

    assert told.customer == await store.find(ada)
    assert (told.orders, told.payments) == (tuple(others.orders), tuple(others.payments))
    assert told.notifications == tuple(others.notifications)
    assert told.next is UNSET
    assert [(each.id, each.client_address) for each in told.sessions] == [("s-1", "203.0.113.9")]
    assert [(trail.service, trail.action) for trail in told.trail] == [
        ("auth", "session.open"),
        ("customer", "customer.register"),
    ]
    assert call.steps == [
        "Checking permission",
        "Fetching customer",
        "Asking what auth keeps",
        "Asking what order keeps",
        "Asking what payment keeps",
        "Asking what notification keeps",
        "Reading the audit log",
    ]


async def test_the_export_itself_is_on_record_with_who_had_it(store: FakeStore, ada: str) -> None:
    await ExportCustomer(store, Others()).run(WhichExport(id=ada), a_call(ADMIN))

    assert store.told[-1] == ("customer.export", "OK", ADMIN.id, ada)


async def test_of_staff_the_role_alone_is_told(store: FakeStore, ada: str) -> None:
    await ExportCustomer(store, Others()).run(WhichExport(id=ada), a_call(ADMIN))

    told = await page_of(store, Others(), ada)

    assert [(trail.by_role, trail.by_yourself) for trail in told.trail] == [("admin", False), ("customer", True)]
    assert ADMIN.id not in repr(told)


async def test_page_after_page_tells_all_of_the_trail_once(store: FakeStore, ada: str) -> None:
    store.recorded = [replace(Entry(action=str(n)), actor=ada) for n in range(2 * MOST_ENTRIES + 7)]

    told = [trail.action for page in await every_page(store, Others(), ada) for trail in page.trail]

    assert [each for each in told if each != "customer.export"] == [str(n) for n in range(2 * MOST_ENTRIES + 6, -1, -1)]


@pytest.mark.parametrize("at_once", [1, 2, 7, 100])
async def test_however_much_a_message_holds_all_is_told_once_and_in_order(
    store: FakeStore, ada: str, at_once: int
) -> None:
    """What one service has told down to further back than another waits for the page that reaches there."""
    drawn = Random(at_once)  # noqa: S311 - the same each time, and no secret
    places = [place(number) for number in range(100, 160)]
    whose = {each: drawn.choice(("order", "payment", "notification", "auth")) for each in places}
    others = Others(
        orders=[an_order(each, ada) for each in places if whose[each] == "order"],
        payments=[a_payment(each) for each in places if whose[each] == "payment"],
        notifications=[a_notification(each, ada) for each in places if whose[each] == "notification"],
        entries=[a_session_opened(each, ada) for each in places if whose[each] == "auth"],
        at_once=at_once,
    )

    pages = await every_page(store, others, ada)

    assert told_by(pages, lambda page: page.orders) == [each.id for each in others.orders[::-1]]
    assert told_by(pages, lambda page: page.payments) == [each.id for each in others.payments[::-1]]
    assert told_by(pages, lambda page: page.notifications) == [each.id for each in others.notifications[::-1]]
    opened = [trail for page in pages for trail in page.trail if trail.service == "auth"]
    assert len(opened) == len(others.entries)
    reached = [page.next for page in pages[:-1]]
    assert reached == sorted({*map(str, reached)}, reverse=True), "each page reaches further down"


@pytest.mark.parametrize(
    "contract",
    [auth.sessions_of, audit.auth, order.orders_of, payment.payments_of, notification.notifications_of],
    ids=lambda contract: contract.subject,
)
async def test_nothing_is_told_while_a_part_of_it_is_away(
    store: FakeStore, ada: str, contract: Query[Any, Any]
) -> None:
    others = Others(orders=[an_order(place(1), ada)], away={contract.subject})

    with pytest.raises(Unavailable):
        await page_of(store, others, ada)

    assert [entry.action for entry in store.recorded] == ["customer.register"]


@pytest.mark.parametrize(("asker", "known"), [(someone(), True), (someone(), False), (ADMIN, False)])
async def test_there_is_nothing_to_be_had_of_somebody_else_or_of_nobody(
    store: FakeStore, ada: str, asker: Identity, known: bool
) -> None:
    with pytest.raises(NoSuchCustomer, match="Customer not found"):
        await ExportCustomer(store, Others()).run(WhichExport(id=ada if known else NOBODY), a_call(asker))
    assert [entry.action for entry in store.recorded] == ["customer.register"]
