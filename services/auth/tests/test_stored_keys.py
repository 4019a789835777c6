"""Keys in PostgreSQL: sealed, and changed by one at a time."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from auth_service.key_keeper import ROTATE
from auth_service.ports import Change, StoredKey
from auth_service.rotation import new_key
from auth_service.seal import Seal, WrongKey
from auth_service.store.keys import StoredKeys
from auth_service.tables import schema, signing_keys
from flowkit.audit import Entry
from flowkit.contract.audit import WhichEntries
from flowkit.postgres import PostgresOptions, migrations
from sqlalchemy import insert, select, text

from .fakes import NOON
from .test_rotation import ROTATION


def nothing(_: Sequence[StoredKey], __: datetime) -> Change:
    return Change()


async def first_of(stored_keys: StoredKeys) -> StoredKey:
    (key,) = await stored_keys.change(ROTATION.due)
    return key


async def rotations(stored_keys: StoredKeys) -> int:
    async with stored_keys.store.reading() as tx:
        return sum(each.action == ROTATE for each in await tx.entries(WhichEntries()))


async def test_of_instances_that_start_together_one_makes_the_key(stored_keys: StoredKeys) -> None:
    kept = await asyncio.gather(*(stored_keys.change(ROTATION.due) for _ in range(8)))

    assert all(len(keys) == 1 and keys == kept[0] for keys in kept)


async def test_of_instances_that_rotate_together_one_does(stored_keys: StoredKeys) -> None:
    await first_of(stored_keys)

    kept = await asyncio.gather(*(stored_keys.change(ROTATION.another) for _ in range(8)))

    assert all(len(keys) == 2 and keys == kept[0] for keys in kept)


async def test_a_change_is_kept_whole_with_what_the_audit_log_tells_of_it(stored_keys: StoredKeys) -> None:
    first, second = await first_of(stored_keys), new_key(NOON)
    change = Change(second, frozenset((first.kid,)), (Entry(action=ROTATE, actor_role="operator"),))

    before = await rotations(stored_keys)

    assert await stored_keys.change(lambda _, __: change) == [second]

    assert await stored_keys.all() == [second]
    assert await rotations(stored_keys) == before + 1


async def test_keys_come_newest_first(stored_keys: StoredKeys) -> None:
    keys = [new_key(NOON + timedelta(days=n)) for n in (1, 3, 2)]
    for key in keys:
        await stored_keys.change(lambda _, __, key=key: Change(key))

    assert await stored_keys.all() == [keys[1], keys[2], keys[0]]


async def test_the_decision_is_made_by_the_databases_clock(stored_keys: StoredKeys) -> None:
    seen: list[datetime] = []

    def look(_: Sequence[StoredKey], now: datetime) -> Change:
        seen.append(now)
        return Change()

    await stored_keys.change(look)
    async with stored_keys.store.reading() as tx:
        now = (await tx.connection.execute(text("SELECT clock_timestamp()"))).scalar_one()

    assert timedelta() <= now - seen[0] < timedelta(seconds=5)


async def at_rest(keys: StoredKeys) -> dict[str, bytes]:
    async with keys.store.transaction() as tx:
        return {row.kid: row.private_key for row in await tx.connection.execute(select(signing_keys))}


async def test_at_rest_a_private_key_is_sealed_under_the_name_it_bears(stored_keys: StoredKeys) -> None:
    first = await first_of(stored_keys)

    (sealed,) = (await at_rest(stored_keys)).values()

    assert first.private_key not in sealed
    assert stored_keys.seal.open(sealed, first.kid) == first.private_key
    with pytest.raises(WrongKey):
        stored_keys.seal.open(sealed, "another")


async def test_a_key_an_earlier_version_left_plain_is_sealed_at_the_next_start(stored_keys: StoredKeys) -> None:
    plain = new_key(NOON)
    values = {"kid": plain.kid, "private_key": plain.private_key, "signs_from": NOON}
    async with stored_keys.store.transaction() as tx:
        await tx.connection.execute(insert(signing_keys).values(values))

    kept = await asyncio.gather(*(stored_keys.change(nothing) for _ in range(4)))

    assert kept == [[plain]] * 4
    (sealed,) = (await at_rest(stored_keys)).values()
    assert stored_keys.seal.open(sealed, plain.kid) == plain.private_key


async def test_under_another_encryption_key_nothing_opens(stored_keys: StoredKeys) -> None:
    first = await first_of(stored_keys)

    with pytest.raises(WrongKey, match=first.kid):
        await StoredKeys(stored_keys.store, Seal(b"x" * 32)).change(nothing)


KILLED = """
import asyncio, os, signal, sys
from auth_service.rotation import at_once
from auth_service.seal import Seal
from auth_service.store.keys import StoredKeys
from auth_service.store.transaction import Transaction
from flowkit import postgres
from flowkit.postgres import PostgresOptions


class Dying(Transaction):
    async def record(self, *_):
        os.kill(os.getpid(), signal.SIGKILL)


async def main():
    async with postgres.connect(PostgresOptions(sys.argv[1]), Dying) as store:
        await StoredKeys(store, Seal(bytes(32))).change(at_once)


asyncio.run(main())
"""


async def test_whoever_is_killed_in_the_middle_of_a_change_has_changed_nothing(
    stored_keys: StoredKeys, migrated_url: str
) -> None:
    first = await first_of(stored_keys)

    died = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, migrated_url, env=dict(os.environ))
    assert await died.wait() == -signal.SIGKILL

    assert await stored_keys.all() == [first]
    assert len(await stored_keys.change(ROTATION.another)) == 2


async def test_tables_and_migrations_agree(migrated_url: str) -> None:
    assert await migrations.drift(PostgresOptions(migrated_url), schema) == []
