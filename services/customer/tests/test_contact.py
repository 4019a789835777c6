"""Where customers are written to, told to the one service that writes to them."""

import pytest
from contracts import customer
from contracts.customer import Contact, NewCustomer, NoSuchCustomer, WhichCustomer
from customer_service.flows.tell_contact import TellContact
from flowkit.testing.calls import a_call

from .fakes import FakeStore

ADA = NewCustomer(email="ada@example.org", password="correct horse", first_name="Ada", last_name="Lovelace")
NOBODY = "00000000-0000-0000-0000-000000000000"


async def test_where_a_customer_is_written_to_is_told() -> None:
    store, call = FakeStore(), a_call(service="notification")
    ada = await store.add(ADA, "hash")

    contact = await TellContact(store).run(WhichCustomer(id=ada), call)

    assert contact == Contact(email=ADA.email, first_name="Ada")
    assert call.steps == ["Looking up contact"]
    assert call.concerns == {"customer": ada}


async def test_of_whom_is_deleted_nothing_is_told() -> None:
    store = FakeStore()
    ada = await store.add(ADA, "hash")
    await store.remove(ada)

    for gone in (ada, NOBODY):
        with pytest.raises(NoSuchCustomer):
            await TellContact(store).run(WhichCustomer(id=gone), a_call(service="notification"))


def test_notification_alone_may_ask() -> None:
    access = customer.contact.access

    assert access.is_internal
    assert not access.is_routable
    assert access.services == ("notification",)
