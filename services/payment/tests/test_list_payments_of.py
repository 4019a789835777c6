"""What a customer has paid, told to the service that tells it to them."""

from decimal import Decimal
from uuid import uuid4

from contracts import payment
from contracts.kept import MOST, WhatIsKept
from flowkit.testing.calls import a_call
from msgspec import UNSET
from payment_service.flows.list_payments_of import ListPaymentsOf
from payment_service.ports import Charge

from .fakes import FakeStore

ADA, BOB = str(uuid4()), str(uuid4())


async def test_all_that_a_customer_paid_is_told_a_message_at_a_time() -> None:
    store, call = FakeStore(), a_call(service="customer")
    ids = [await store.add(Charge(str(uuid4()), ADA, Decimal(1)), None) for _ in range(MOST + 1)]
    await store.add(Charge(str(uuid4()), BOB, Decimal(1)), None)

    first = await ListPaymentsOf(store).run(WhatIsKept(customer_id=ADA), call)
    rest = await ListPaymentsOf(store).run(WhatIsKept(customer_id=ADA, before=first.next), a_call())

    assert [each.id for each in (*first.items, *rest.items)] == ids[::-1]
    assert (first.next, rest.next) == (first.items[-1].id, UNSET)
    assert call.steps == ["Fetching payments"]
    assert call.concerns == {"customer": ADA}


async def test_of_whom_there_is_nothing_nothing_is_told() -> None:
    told = await ListPaymentsOf(FakeStore()).run(WhatIsKept(customer_id=ADA), a_call(service="customer"))

    assert (told.items, told.next) == ((), UNSET)


def test_customer_alone_may_ask() -> None:
    access = payment.payments_of.access

    assert (access.is_internal, access.is_routable, access.services) == (True, False, ("customer",))
