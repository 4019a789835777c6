"""One suite over the fake and PostgreSQL, which keeps the fake honest."""

import asyncio
from decimal import Decimal
from uuid import uuid4

import pytest
from contracts.order import OrderCreated
from contracts.payment import Refusal
from flowkit.postgres import PostgresOptions, migrations
from flowkit.postgres import Store as RealStore
from flowkit.testing.calls import a_call
from msgspec import UNSET
from payment_service.flows.process_payment import ProcessPayment
from payment_service.ports import Charge, Store
from payment_service.simulated import SimulatedProvider
from payment_service.store import Transaction
from payment_service.tables import schema
from sqlalchemy import text

from .fakes import FakeStore


@pytest.fixture(params=["fake", "real"])
def store(request: pytest.FixtureRequest) -> Store:
    return FakeStore() if request.param == "fake" else request.getfixturevalue("real_store")


def a_charge(amount: str = "59.98") -> Charge:
    return Charge(str(uuid4()), str(uuid4()), Decimal(amount))


async def add(store: Store, charge: Charge, refusal: Refusal | None = None) -> str | None:
    async with store.transaction() as tx:
        return await tx.add(charge, refusal)


async def test_a_second_payment_of_an_order_is_none(store: Store) -> None:
    charge = a_charge()
    assert await add(store, charge) is not None
    assert await add(store, charge) is None
    assert await add(store, charge, "declined") is None


async def test_each_order_has_its_own(store: Store) -> None:
    first, second = await add(store, a_charge()), await add(store, a_charge(), "declined")
    assert None not in (first, second)
    assert first != second


async def test_what_is_not_committed_was_no_payment(store: Store) -> None:
    charge = a_charge()

    async def give_up_half_way() -> None:
        async with store.transaction() as tx:
            await tx.add(charge, None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await give_up_half_way()
    assert await add(store, charge) is not None


async def test_the_newest_of_a_customer_are_told_from_any_place_on(store: Store) -> None:
    ada = str(uuid4())
    charges = [Charge(str(uuid4()), ada, Decimal(number)) for number in range(1, 5)]
    for charge in charges:
        await add(store, charge, "declined" if charge.amount == 1 else None)
    await add(store, a_charge())

    async with store.reading() as tx:
        first = await tx.newest(ada, None, 2)
        rest = await tx.newest(ada, first[-1].id, 10)

    told = [*first, *rest]
    assert [(each.order_id, each.amount) for each in told] == [(each.order_id, each.amount) for each in charges[::-1]]
    assert [each.status for each in told] == ["completed", "completed", "completed", "failed"]
    assert [each.reason for each in told] == [UNSET, UNSET, UNSET, "declined"]
    assert {str(each.created_at.tzinfo) for each in told} == {"UTC"}


async def test_of_two_at_once_one_pays(real_store: RealStore[Transaction]) -> None:
    order = OrderCreated(order_id=str(uuid4()), customer_id=str(uuid4()), total=Decimal("1.00"), origin="welcome")

    async def react() -> None:
        async with real_store.transaction() as tx:
            await ProcessPayment(SimulatedProvider()).run(order, a_call(), tx)

    await asyncio.gather(*(react() for _ in range(8)))

    async with real_store.reading() as tx:
        kept = (await tx.connection.execute(text("SELECT order_id::text FROM payments"))).scalars().all()
        told = (await tx.connection.execute(text("SELECT key FROM outbox"))).scalars().all()
    assert (kept, told) == ([order.order_id], [order.order_id])


async def test_what_is_kept_is_the_exact_amount(real_store: RealStore[Transaction]) -> None:
    charge = a_charge("999998990000.01")
    await add(real_store, charge)
    async with real_store.reading() as tx:
        assert await tx.connection.scalar(text("SELECT amount FROM payments")) == charge.amount


async def test_the_migrations_lead_to_what_tables_py_says(migrated_url: str) -> None:
    assert await migrations.drift(PostgresOptions(migrated_url), schema) == []
