import asyncio
from dataclasses import replace

from auth_service.keyring import new_key
from auth_service.store import StoredKeys
from auth_service.tables import schema
from flowkit.postgres import PostgresOptions, migrations
from sqlalchemy import text


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
        await tx.add(newer)
    assert await stored_keys.keep_first(new_key()) == [newer, replace(older, retired=True)]


async def test_tables_and_migrations_agree(migrated_url: str) -> None:
    assert await migrations.drift(PostgresOptions(migrated_url), schema) == []
