"""One suite over the fake and PostgreSQL, which keeps the fake honest."""

import asyncio

import pytest
from admin_service.flows.create_admin import CreateAdmin
from admin_service.ports import Account, Store
from admin_service.root import EMAIL, RootAdmin
from admin_service.store import Transaction
from admin_service.tables import admins, schema
from contracts.admin import EmailTaken, NewAdmin
from flowkit import postgres
from flowkit.postgres import PostgresOptions, migrations
from flowkit.testing.calls import a_call, someone
from flowkit.testing.passwords import PlainPasswords
from sqlalchemy import select

from .fakes import FakeStore

MAKER = "0190b7a0-0000-7000-8000-000000000001"


@pytest.fixture(params=["fake", "real"])
def store(request: pytest.FixtureRequest) -> Store:
    return FakeStore() if request.param == "fake" else request.getfixturevalue("real_store")


async def add(store: Store, email: str = "Grace@example.org") -> str:
    async with store.transaction() as tx:
        return await tx.add(email, "hash", MAKER)


async def account(store: Store, email: str) -> Account | None:
    async with store.transaction() as tx:
        return await tx.account_of(email)


async def test_an_account_is_found_however_its_email_is_spelt(store: Store) -> None:
    id_ = await add(store)
    assert await account(store, "GRACE@example.ORG") == Account(id_, "Grace@example.org", "hash", root=False)
    assert await account(store, "nobody@example.org") is None


async def test_an_email_is_taken_however_it_is_spelt(store: Store) -> None:
    await add(store)
    async with store.transaction() as tx:
        assert await tx.is_taken("grace@EXAMPLE.org")
        assert not await tx.is_taken("nobody@example.org")
    with pytest.raises(EmailTaken):
        await add(store, "gRACE@example.org")


async def test_of_two_that_replace_a_hash_the_first_wins(store: Store) -> None:
    await add(store)
    old = await account(store, "grace@example.org")
    assert old is not None
    async with store.transaction() as tx:
        await tx.replace_hash(old, "new")
        await tx.replace_hash(old, "late")
    replaced = await account(store, "grace@example.org")
    assert replaced is not None
    assert replaced.password_hash == "new"


async def test_pages_go_in_the_order_admins_were_made_and_the_count_is_of_all(store: Store) -> None:
    ids = [await add(store, f"{n}@example.org") for n in range(5)]
    async with store.transaction() as tx:
        pages = [[each.id for each in await tx.page(page, 2)] for page in (1, 2, 3, 4)]
        assert await tx.count() == 5
    assert pages == [ids[0:2], ids[2:4], ids[4:5], []]


async def test_there_is_one_root_and_it_is_made_once(store: Store) -> None:
    async with store.transaction() as tx:
        assert not await tx.has_root()
        assert await tx.add_root(EMAIL, "hash")
        assert not await tx.add_root("other@local", "other")
        assert await tx.has_root()
        assert [(each.email, each.root) for each in await tx.page(1, 10)] == [(EMAIL, True)]


async def test_a_new_hash_for_the_root_is_for_the_root_alone(store: Store) -> None:
    await add(store)
    async with store.transaction() as tx:
        await tx.add_root(EMAIL, "hash")
        await tx.set_root_hash("new")
    root, other = await account(store, EMAIL), await account(store, "grace@example.org")
    assert root is not None
    assert other is not None
    assert (root.password_hash, other.password_hash) == ("new", "hash")


async def test_tables_and_migrations_agree(migrated_url: str) -> None:
    assert await migrations.drift(PostgresOptions(migrated_url), schema) == []


async def test_who_made_an_admin_is_recorded(real_store: postgres.Store[Transaction]) -> None:
    await add(real_store)
    async with real_store.transaction() as tx:
        assert await tx.connection.scalar(select(admins.c.created_by)) == MAKER


async def test_of_two_admins_made_with_one_email_one_is_let_in(real_store: postgres.Store[Transaction]) -> None:
    create, call = CreateAdmin(real_store, PlainPasswords()), a_call(someone("admin", root=True))
    grace = NewAdmin(email="grace@example.org", password="correct horse")
    outcomes = await asyncio.gather(create.run(grace, call), create.run(grace, call), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AdminRef", "EmailTaken"]


async def test_of_instances_that_start_together_one_makes_and_shows_the_root(
    real_store: postgres.Store[Transaction],
) -> None:
    passwords = PlainPasswords()
    shown = await asyncio.gather(*(RootAdmin(real_store, passwords).seed() for _ in range(8)))
    [password] = [each for each in shown if each is not None]
    root = await account(real_store, EMAIL)
    assert root is not None
    assert (await passwords.verify(password, root.password_hash)).matches
