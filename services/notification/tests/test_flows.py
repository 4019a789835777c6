"""What is put down about an event, and what an admin sees of it."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from contracts.customer import Contact, CustomerRegistered
from contracts.kept import MOST, WhatIsKept
from contracts.notification import Kind, WhichNotifications
from contracts.order import OrderCreated
from contracts.payment import PaymentCompleted, PaymentFailed
from flowkit.contract import Fact
from flowkit.service import Reaction
from flowkit.testing.calls import a_call
from msgspec import UNSET
from msgspec.structs import asdict
from notification_service.flows.list_notifications import ListNotifications
from notification_service.flows.list_notifications_of import ListNotificationsOf
from notification_service.flows.tell_of_order import TellOfOrder
from notification_service.flows.welcome_customer import WelcomeCustomer
from notification_service.ports import Due
from notification_service.service import build_service
from notification_service.texts import message_for

from .fakes import FakeStore

CUSTOMER, ORDER, PAYMENT, PRICE = str(uuid4()), str(uuid4()), str(uuid4()), Decimal("9.99")
EVENTS: dict[Kind, Fact] = {
    "welcome": CustomerRegistered(customer_id=CUSTOMER),
    "order_received": OrderCreated(order_id=ORDER, customer_id=CUSTOMER, total=PRICE, origin="welcome"),
    "payment_completed": PaymentCompleted(payment_id=PAYMENT, order_id=ORDER, customer_id=CUSTOMER, amount=PRICE),
    "payment_failed": PaymentFailed(
        payment_id=PAYMENT, order_id=ORDER, customer_id=CUSTOMER, amount=PRICE, reason="declined"
    ),
}


@pytest.mark.parametrize("kind", EVENTS)
async def test_each_event_puts_down_the_notification_of_its_kind_once(kind: Kind) -> None:
    store, call, again = FakeStore(), a_call(), a_call()
    reaction = _reaction_to(store, EVENTS[kind])

    await reaction.run(EVENTS[kind], call, store)
    await reaction.run(EVENTS[kind], again, store)

    assert [row.due.kind for row in store.rows.values()] == [kind]
    assert call.concerns["customer"] == CUSTOMER
    assert len(call.steps) == 1
    assert again.steps[-1] in ("Customer was welcomed already", "Customer is told already")


async def test_an_event_of_somebody_elses_order_is_another_notification() -> None:
    store = FakeStore()
    for _ in range(2):
        event = OrderCreated(order_id=str(uuid4()), customer_id=CUSTOMER, total=PRICE, origin="customer")
        await TellOfOrder("order_received").run(event, a_call(), store)
    await WelcomeCustomer().run(CustomerRegistered(customer_id=CUSTOMER), a_call(), store)
    assert [row.due.kind for row in store.rows.values()] == ["order_received", "order_received", "welcome"]


async def test_an_admin_sees_a_page_of_what_a_customer_was_told() -> None:
    store, call = FakeStore(), a_call()
    for _ in range(3):
        await store.add("order_received", CUSTOMER, str(uuid4()))

    page = await ListNotifications(store).run(WhichNotifications(customer_id=CUSTOMER, page=2, limit=2), call)

    assert (len(page.items), page.total, page.page, page.limit) == (1, 3, 2, 2)
    assert call.steps == ["Fetching notifications", "Counting total notifications"]
    assert call.concerns == {"customer": CUSTOMER}


async def test_another_service_is_told_all_that_a_customer_was_told_a_message_at_a_time() -> None:
    store, call = FakeStore(), a_call(service="customer")
    ids = [await store.add("order_received", CUSTOMER, str(uuid4())) for _ in range(MOST + 1)]
    await store.add("welcome", str(uuid4()))

    first = await ListNotificationsOf(store).run(WhatIsKept(customer_id=CUSTOMER), call)
    rest = await ListNotificationsOf(store).run(WhatIsKept(customer_id=CUSTOMER, before=first.next), a_call())

    assert [each.id for each in (*first.items, *rest.items)] == ids[::-1]
    assert (first.next, rest.next) == (first.items[-1].id, UNSET)
    assert call.steps == ["Fetching notifications"]
    assert call.concerns == {"customer": CUSTOMER}


@pytest.mark.parametrize("kind", EVENTS)
async def test_every_kind_has_its_words(kind: Kind) -> None:
    message = message_for(await _due(kind), Contact(email="ada@example.org", first_name="Ada"))

    assert message.text.startswith("Hello Ada,\n\n")
    assert (ORDER in message.text) == (kind != "welcome")
    assert message.subject
    assert "{" not in message.text
    assert "ada@example.org" not in repr(message)


@pytest.mark.parametrize("name", ["Ada", "Jean-Luc", "O'Neil", "Zoë", "अर्चना", "美咲", "María José"])
async def test_a_name_is_greeted(name: str) -> None:
    message = message_for(await _due("welcome"), Contact(email="a@b.example", first_name=name))
    assert message.text.startswith(f"Hello {name},")


@pytest.mark.parametrize("name", ["www.evil.example", "Win 1000 now", "http://evil", "a" * 41, "<b>Ada</b>", "a@b"])
async def test_what_somebody_would_have_us_advertise_is_not_repeated(name: str) -> None:
    message = message_for(await _due("welcome"), Contact(email="a@b.example", first_name=name))
    assert message.text.startswith("Hello there,")
    assert name not in message.text


async def _due(kind: Kind) -> Due:
    store, told = FakeStore(), asdict(EVENTS[kind])
    await store.add(kind, CUSTOMER, told.get("order_id"))
    return (await store.claim(1, 60.0))[0]


def _reaction_to(store: FakeStore, event: Fact) -> Reaction[Any, Any]:
    (reacting,) = (each for each in build_service(store, store).reactions if each.event.body is type(event))
    return reacting.reaction
