"""What is told of once it is committed."""

import pytest
from flowkit import postgres
from flowkit.postgres import Listener, PostgresOptions, tell_once_committed

from .notes import Notes, NoteStore

CHANNEL = "notes"


class Heard:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
async def heard(url: str) -> Heard:
    return Heard()


async def test_who_listens_hears_of_a_commit_and_not_of_what_was_undone(
    url: str, store: NoteStore, heard: Heard
) -> None:
    async def regret() -> None:
        async with store.transaction() as tx:
            tell_once_committed(tx.connection, CHANNEL)
            raise LookupError

    listener = Listener(PostgresOptions(url), CHANNEL, heard)
    connection = await listener.connection()
    assert heard.times == 1, "what was told before it listened, it may have missed"
    with pytest.raises(LookupError):
        await regret()
    async with store.transaction() as tx:
        await tx.write("spam")
    await connection.execute("SELECT 1")
    assert heard.times == 1
    async with postgres.connect(PostgresOptions(url), Notes) as other:
        for _ in range(3):
            async with other.transaction() as tx:
                tell_once_committed(tx.connection, CHANNEL)
    # Closed, it has told; and what was told is heard with the next answer.
    await connection.execute("SELECT 1")
    assert 2 <= heard.times <= 4
    await listener.close()


async def test_a_lost_connection_is_replaced_and_told_of(url: str, store: NoteStore, heard: Heard) -> None:
    listener = Listener(PostgresOptions(url), CHANNEL, heard)
    first = await listener.connection()
    assert await listener.connection() is first
    listener.hang_up()
    second = await listener.connection()
    assert second is not first
    assert heard.times == 2
    await listener.close()


async def test_nobody_waits_for_a_database_that_cannot_be_told(url: str, store: NoteStore) -> None:
    """It is found without."""
    async with store.transaction() as tx:
        await tx.write("spam")
        tell_once_committed(tx.connection, "a channel whose name is longer than any that PostgreSQL takes for one" * 2)
    async with store.transaction() as tx:
        assert await tx.all() == ["spam"]
