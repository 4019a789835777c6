import pytest
from admin_service.root import EMAIL, RootAdmin
from flowkit.testing.passwords import PlainPasswords

from .fakes import FakeStore


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def passwords() -> PlainPasswords:
    return PlainPasswords()


async def opens(store: FakeStore, passwords: PlainPasswords, password: str) -> bool:
    root = await store.account_of(EMAIL)
    assert root is not None
    assert root.root
    return (await passwords.verify(password, root.password_hash)).matches


async def test_a_root_made_without_a_password_is_given_one_that_is_shown_once(
    store: FakeStore, passwords: PlainPasswords
) -> None:
    shown = await RootAdmin(store, passwords).seed()
    assert shown is not None
    assert len(shown) >= 20
    assert await opens(store, passwords, shown)
    assert await RootAdmin(store, passwords).seed() is None
    assert await opens(store, passwords, shown)


async def test_the_operators_password_is_taken_and_not_shown(store: FakeStore, passwords: PlainPasswords) -> None:
    assert await RootAdmin(store, passwords, "correct horse").seed() is None
    assert await opens(store, passwords, "correct horse")


async def test_an_existing_root_is_never_touched_by_seeding(store: FakeStore, passwords: PlainPasswords) -> None:
    await RootAdmin(store, passwords, "correct horse").seed()
    await RootAdmin(store, passwords, "another password").seed()
    assert await opens(store, passwords, "correct horse")


async def test_a_new_password_replaces_the_old_one_and_is_shown(store: FakeStore, passwords: PlainPasswords) -> None:
    await RootAdmin(store, passwords, "correct horse").seed()
    shown = await RootAdmin(store, passwords).replace_password()
    assert shown is not None
    assert await opens(store, passwords, shown)
    assert not await opens(store, passwords, "correct horse")


async def test_a_new_password_makes_a_root_where_there_is_none(store: FakeStore, passwords: PlainPasswords) -> None:
    assert await RootAdmin(store, passwords, "correct horse").replace_password() is None
    assert await opens(store, passwords, "correct horse")
