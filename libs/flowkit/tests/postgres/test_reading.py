"""Readings: queries without a transaction around them, over the same connections as transactions."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from flowkit import postgres
from flowkit.contract import Unavailable
from flowkit.postgres import PostgresOptions
from flowkit.postgres.engine import ChangedWhileReading
from sqlalchemy import column, insert, table, text

from .notes import Notes, NoteStore, until_one_sleeps


@pytest.fixture
async def narrow(url: str, store: NoteStore) -> AsyncGenerator[NoteStore]:
    """The same notes over one connection, so that whoever comes next gets that one."""
    async with postgres.connect(PostgresOptions(url, pool_size=1), Notes) as narrow:
        yield narrow


async def write_in_vain(store: NoteStore) -> None:
    async with store.transaction() as tx:
        await tx.write("milk")
        raise LookupError


async def test_a_reading_sees_what_was_committed(narrow: NoteStore) -> None:
    async with narrow.transaction() as tx:
        await tx.write("milk")

    async with narrow.reading() as tx:
        assert await tx.all() == ["milk"]


async def test_each_query_of_a_reading_stands_alone(narrow: NoteStore) -> None:
    async with narrow.reading() as tx:
        # now() is the moment the transaction began.
        moments = [await tx.connection.scalar(text("SELECT now()")) for _ in range(2)]

    assert moments[0] < moments[1]


async def test_a_change_in_a_reading_is_refused(narrow: NoteStore) -> None:
    with pytest.raises(ChangedWhileReading):
        async with narrow.reading() as tx:
            await tx.connection.execute(insert(table("notes", column("id"))).values(id=1))

    async with narrow.reading() as tx:
        assert await tx.all() == []


async def test_a_transaction_after_a_reading_is_undone_as_ever(narrow: NoteStore) -> None:
    async with narrow.reading() as tx:
        await tx.all()
    with pytest.raises(LookupError):
        await write_in_vain(narrow)

    async with narrow.reading() as tx:
        assert await tx.all() == []


async def test_a_cancelled_reading_leaves_no_connection_behind(store: NoteStore, narrow: NoteStore) -> None:
    async def read_for_long() -> None:
        async with narrow.reading() as tx:
            await tx.sleep(30)

    reading = asyncio.create_task(read_for_long())
    await until_one_sleeps(store)
    reading.cancel()
    await asyncio.wait([reading])

    assert narrow.pool_use.in_use == 0
    async with asyncio.timeout(15), narrow.reading() as tx:
        assert await tx.all() == []


async def test_a_reading_without_a_server_is_unavailable() -> None:
    nowhere = PostgresOptions("postgresql://nobody:nothing@127.0.0.1:1/nowhere")
    async with postgres.connect(nowhere, Notes) as store:
        with pytest.raises(Unavailable):
            async with store.reading() as tx:
                await tx.all()
