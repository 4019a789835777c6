"""What was acted on is known again, if and only if what was done about it stands."""

import asyncio
from datetime import timedelta

import pytest
from flowkit.call import Call
from flowkit.postgres import PostgresOptions, Schema, Store, migrations
from flowkit.testing.calls import a_call
from sqlalchemy import text

from .conftest import Marked

EVENT = "0190b7a0-0000-7000-8000-000000000001"
AGES = timedelta(days=8)


class GoneWrong(Exception):
    pass


async def mark(store: Store[Marked], consumer: str = "order customer.registered") -> bool:
    async with store.transaction() as tx:
        return await tx.mark_done(consumer, EVENT)


async def mark_in_vain(store: Store[Marked]) -> None:
    async with store.transaction() as tx:
        assert await tx.mark_done("order customer.registered", EVENT)
        raise GoneWrong


async def test_an_event_is_done_once(store: Store[Marked]) -> None:
    assert await mark(store)
    assert not await mark(store)


async def test_each_consumer_does_it_for_itself(store: Store[Marked]) -> None:
    assert await mark(store)
    assert await mark(store, "notification customer.registered")


async def test_what_is_undone_is_not_done(store: Store[Marked]) -> None:
    with pytest.raises(GoneWrong):
        await mark_in_vain(store)

    assert await mark(store)


async def test_of_two_who_act_at_once_one_waits_and_finds_it_done(store: Store[Marked]) -> None:
    async with store.transaction() as tx:
        assert await tx.mark_done("order customer.registered", EVENT)
        second = asyncio.create_task(mark(store))
        done, _ = await asyncio.wait([second], timeout=0.2)
        assert not done

    assert not await second


async def test_a_reaction_may_be_idle_for_as_long_as_its_deadline_lets_it(store: Store[Marked]) -> None:
    call: Call = a_call(seconds=20)
    with call.as_current():
        async with store.transaction() as tx:
            await tx.mark_done("order customer.registered", EVENT)
            told = await tx.connection.scalar(text("SHOW idle_in_transaction_session_timeout"))
    async with store.transaction() as tx:
        afterwards = await tx.connection.scalar(text("SHOW idle_in_transaction_session_timeout"))

    assert told == "20s" or str(told).startswith("19")
    assert afterwards == "5s"


async def test_old_marks_are_forgotten_a_batch_at_a_time(store: Store[Marked]) -> None:
    async with store.transaction() as tx:
        fill = "INSERT INTO events_done SELECT 'order', uuidv7(), now() - interval '9 days' FROM generate_series(1, 5)"
        await tx.connection.execute(text(fill))
    await mark(store)

    async with store.transaction() as tx:
        assert [await tx.forget_done(AGES, most=3) for _ in range(3)] == [3, 2, 0]

    assert not await mark(store)


async def test_the_migration_makes_what_the_table_says(url: str, schema: Schema) -> None:
    assert await migrations.drift(PostgresOptions(url), schema) == []
