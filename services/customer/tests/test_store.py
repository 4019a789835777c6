"""One suite over the fake and PostgreSQL, which keeps the fake honest."""

import asyncio
import json

import pytest
from contracts import customer
from contracts.customer import Changes, Customer, CustomerRegistered, EmailTaken, NewCustomer
from customer_service.flows.register_customer import RegisterCustomer
from customer_service.ports import Store
from customer_service.store import Transaction
from customer_service.tables import schema
from flowkit import postgres
from flowkit.postgres import PostgresOptions, migrations
from flowkit.testing.calls import a_call
from flowkit.testing.passwords import PlainPasswords
from sqlalchemy import text

from .fakes import FakeStore

ADA = NewCustomer(email="Ada@example.org", password="correct horse", first_name="Ada", last_name="Lovelace")
BOB = NewCustomer(email="bob@example.org", password="correct horse", first_name="Bob", last_name="Ross")
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(params=["fake", "real"])
def store(request: pytest.FixtureRequest) -> Store:
    return FakeStore() if request.param == "fake" else request.getfixturevalue("real_store")


async def announced(store: postgres.Store[Transaction]) -> int:
    async with store.reading() as tx:
        return int(await tx.connection.scalar(text("SELECT count(*) FROM outbox")) or 0)


async def add(store: Store, newcomer: NewCustomer = ADA, hashed: str = "hash") -> str:
    async with store.transaction() as tx:
        return await tx.add(newcomer, hashed)


async def find(store: Store, id_: str) -> Customer | None:
    async with store.transaction() as tx:
        return await tx.find(id_)


async def change(store: Store, changes: Changes) -> Customer | None:
    async with store.transaction() as tx:
        return await tx.change(changes)


async def test_a_customer_is_found_as_added(store: Store) -> None:
    id_ = await add(store)
    found = await find(store, id_)
    assert found is not None
    assert (found.id, found.email, found.first_name, found.last_name) == (id_, ADA.email, "Ada", "Lovelace")
    assert found.created_at == found.updated_at
    assert str(found.created_at.tzinfo) == "UTC"


async def test_an_email_is_taken_however_it_is_spelt(store: Store) -> None:
    await add(store)
    async with store.transaction() as tx:
        assert await tx.is_taken("ADA@EXAMPLE.ORG")
        assert not await tx.is_taken(BOB.email)
    with pytest.raises(EmailTaken):
        await add(store, NewCustomer(email="aDA@example.org", password="p" * 8, first_name="A", last_name="L"))


async def test_an_account_is_found_however_its_email_is_spelt(store: Store) -> None:
    id_ = await add(store)
    async with store.transaction() as tx:
        account = await tx.account_of("ada@EXAMPLE.org")
        assert await tx.account_of(BOB.email) is None
    assert account is not None
    assert (account.id, account.email, account.password_hash) == (id_, "Ada@example.org", "hash")


async def test_of_two_that_replace_a_hash_the_first_wins(store: Store) -> None:
    await add(store, hashed="old")
    async with store.transaction() as tx:
        account = await tx.account_of(ADA.email)
        assert account is not None
        await tx.replace_hash(account, "new")
        await tx.replace_hash(account, "late")
    async with store.transaction() as tx:
        replaced = await tx.account_of(ADA.email)
    assert replaced is not None
    assert replaced.password_hash == "new"


async def test_only_what_is_given_changes(store: Store) -> None:
    id_ = await add(store)
    changed = await change(store, Changes(id=id_, last_name="King", email="ada@king.example"))
    assert changed == await find(store, id_)
    assert changed is not None
    assert (changed.email, changed.first_name, changed.last_name) == ("ada@king.example", "Ada", "King")
    assert changed.updated_at > changed.created_at


async def test_a_change_of_nothing_changes_nothing(store: Store) -> None:
    id_ = await add(store)
    before = await find(store, id_)
    assert await change(store, Changes(id=id_)) == before


async def test_ones_own_email_may_be_spelt_anew_but_not_anothers_taken(store: Store) -> None:
    id_ = await add(store)
    await add(store, BOB)
    respelt = await change(store, Changes(id=id_, email="ADA@example.org"))
    assert respelt is not None
    assert respelt.email == "ADA@example.org"
    with pytest.raises(EmailTaken):
        await change(store, Changes(id=id_, email="BOB@example.org"))


async def test_who_does_not_exist_cannot_be_changed_or_removed(store: Store) -> None:
    assert await change(store, Changes(id=NOBODY, first_name="No")) is None
    async with store.transaction() as tx:
        assert await tx.remove(NOBODY) is None


async def test_who_is_removed_is_gone_and_the_email_free_again(store: Store) -> None:
    id_ = await add(store)
    async with store.transaction() as tx:
        assert await tx.remove(id_) == ADA.email
    assert await find(store, id_) is None
    assert await add(store) != id_


async def test_pages_go_in_the_order_customers_came_and_the_count_is_of_all(store: Store) -> None:
    ids = [
        await add(store, NewCustomer(email=f"{n}@example.org", password="p" * 8, first_name="N", last_name="N"))
        for n in range(5)
    ]
    async with store.transaction() as tx:
        pages = [[each.id for each in await tx.page(page, 2)] for page in (1, 2, 3, 4)]
        assert await tx.count() == 5
    assert pages == [ids[0:2], ids[2:4], ids[4:5], []]


async def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    async def add_and_fail() -> None:
        async with store.transaction() as tx:
            await tx.add(ADA, "hash")
            await tx.add(ADA, "hash")

    with pytest.raises(EmailTaken):
        await add_and_fail()
    await add(store)


async def test_a_registration_and_its_event_are_committed_together(real_store: postgres.Store[Transaction]) -> None:
    registered = await RegisterCustomer(real_store, PlainPasswords()).run(ADA, a_call())
    async with real_store.reading() as tx:
        subject, body = (await tx.connection.execute(text("SELECT subject, body FROM outbox"))).one()
    assert subject == customer.registered.subject_of(CustomerRegistered(customer_id=registered.id))
    assert json.loads(body) == {"customerId": registered.id}


async def test_tables_and_migrations_agree(migrated_url: str) -> None:
    assert await migrations.drift(PostgresOptions(migrated_url), schema) == []


async def test_ids_tell_the_order_of_arrival(real_store: postgres.Store[Transaction]) -> None:
    ids = [await add(real_store), await add(real_store, BOB)]
    assert ids == sorted(ids)
    assert ids[0][14] == "7", "a UUID of version 7"


async def test_of_two_that_register_with_one_email_one_is_let_in(real_store: postgres.Store[Transaction]) -> None:
    register = RegisterCustomer(real_store, PlainPasswords())
    outcomes = await asyncio.gather(register.run(ADA, a_call()), register.run(ADA, a_call()), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CustomerRef", "EmailTaken"]
    assert await announced(real_store) == 1
