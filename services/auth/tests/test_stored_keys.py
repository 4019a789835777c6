import asyncio
from dataclasses import replace

import pytest
from auth_service.keyring import new_key
from auth_service.seal import Seal, WrongKey
from auth_service.store.keys import StoredKeys
from auth_service.tables import schema, signing_keys
from flowkit.postgres import PostgresOptions, migrations
from sqlalchemy import insert, select, text


async def test_the_first_key_is_kept_and_no_other(stored_keys: StoredKeys) -> None:
    first, second = new_key(), new_key()
    assert await stored_keys.keep_first(first) == [first]
    assert await stored_keys.keep_first(second) == [first]


async def test_of_instances_that_start_together_one_makes_the_key(stored_keys: StoredKeys) -> None:
    kept = await asyncio.gather(*(stored_keys.keep_first(new_key()) for _ in range(8)))
    assert all(len(keys) == 1 and keys == kept[0] for keys in kept)


async def test_keys_come_newest_first_and_say_when_they_are_retired(stored_keys: StoredKeys) -> None:
    older, newer = new_key(), new_key()
    await stored_keys.keep_first(older)
    async with stored_keys.store.transaction() as tx:
        await tx.connection.execute(text("UPDATE signing_keys SET retired_at = now()"))
        sealed = stored_keys.seal.close(newer.private_key, newer.kid)
        await tx.connection.execute(insert(signing_keys).values(kid=newer.kid, private_key=sealed))
    assert await stored_keys.keep_first(new_key()) == [newer, replace(older, retired=True)]


async def at_rest(keys: StoredKeys) -> dict[str, bytes]:
    async with keys.store.transaction() as tx:
        return {row.kid: row.private_key for row in await tx.connection.execute(select(signing_keys))}


async def test_at_rest_a_private_key_is_sealed_under_the_name_it_bears(stored_keys: StoredKeys) -> None:
    first = new_key()
    await stored_keys.keep_first(first)

    (sealed,) = (await at_rest(stored_keys)).values()

    assert first.private_key not in sealed
    assert stored_keys.seal.open(sealed, first.kid) == first.private_key
    with pytest.raises(WrongKey):
        stored_keys.seal.open(sealed, "another")


async def test_a_key_an_earlier_version_left_plain_is_sealed_at_the_next_start(stored_keys: StoredKeys) -> None:
    plain = new_key()
    async with stored_keys.store.transaction() as tx:
        await tx.connection.execute(insert(signing_keys).values(kid=plain.kid, private_key=plain.private_key))

    kept = await asyncio.gather(*(stored_keys.keep_first(new_key()) for _ in range(4)))

    assert kept == [[plain]] * 4
    (sealed,) = (await at_rest(stored_keys)).values()
    assert stored_keys.seal.open(sealed, plain.kid) == plain.private_key


async def test_under_another_encryption_key_nothing_opens(stored_keys: StoredKeys) -> None:
    first = new_key()
    await stored_keys.keep_first(first)

    with pytest.raises(WrongKey, match=first.kid):
        await StoredKeys(stored_keys.store, Seal(b"x" * 32)).keep_first(new_key())


async def test_tables_and_migrations_agree(migrated_url: str) -> None:
    assert await migrations.drift(PostgresOptions(migrated_url), schema) == []
