import asyncio
import contextlib
import random

import pytest
from flowkit import postgres
from flowkit.contract import Crowded, FlowError, Invalid, TimedOut
from flowkit.postgres import PostgresOptions, Taken
from flowkit.postgres.connection import SwallowedError

from .notes import Notes, NoteStore, until


async def notes(store: NoteStore) -> list[str]:
    async with store.transaction() as tx:
        return await tx.all()


async def write(store: NoteStore, *ids: int, then: type[Exception] | None = None) -> None:
    async with store.transaction() as tx:
        for each in ids:
            await tx.write("milk", each)
        if then:
            raise then


async def write_regardless(store: NoteStore) -> None:
    async with store.transaction() as tx:
        await tx.write("milk")
        with contextlib.suppress(Taken):
            await tx.write("eggs")


async def test_what_a_transaction_wrote_is_there_when_it_ends(store: NoteStore) -> None:
    await write(store, 1)
    assert await notes(store) == ["milk"]


async def test_an_exception_undoes_the_transaction_and_passes(store: NoteStore) -> None:
    with pytest.raises(LookupError):
        await write(store, 1, then=LookupError)
    assert await notes(store) == []


async def test_a_cancellation_undoes_the_transaction(store: NoteStore) -> None:
    wrote = asyncio.Event()

    async def write_and_wait() -> None:
        async with store.transaction() as tx:
            await tx.write("milk")
            wrote.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write_and_wait())
    await wrote.wait()
    writing.cancel()
    await asyncio.wait([writing])
    assert await notes(store) == []
    assert store.pool_use.in_use == 0


async def test_a_taken_value_names_its_constraint(store: NoteStore) -> None:
    with pytest.raises(Taken) as taken:
        await write(store, 1, 1)
    assert taken.value.constraint == "notes_id"
    assert await notes(store) == []


async def test_a_swallowed_error_does_not_pass_for_a_commit(store: NoteStore) -> None:
    with pytest.raises(SwallowedError):
        await write_regardless(store)
    assert await notes(store) == []


@pytest.mark.parametrize("bad", ["nul\x00", "surrogate\ud800"])
async def test_a_text_that_cannot_be_stored_is_the_callers_fault(store: NoteStore, bad: str) -> None:
    with pytest.raises(Invalid):
        async with store.transaction() as tx:
            await tx.write(bad)
    assert await notes(store) == []


@pytest.mark.parametrize("bad", [2**31, 2**63, 2**200])
async def test_a_number_that_cannot_be_stored_is_the_callers_fault(store: NoteStore, bad: int) -> None:
    with pytest.raises(Invalid):
        async with store.transaction() as tx:
            await tx.write("milk", bad)
    assert await notes(store) == []


async def test_no_sql_and_no_parameter_reaches_a_message(store: NoteStore) -> None:
    with pytest.raises(Invalid) as fault:
        async with store.transaction() as tx:
            await tx.write("secret\x00")
    assert (fault.value.message, fault.value.detailed) == ("Invalid input", ())


async def test_a_fault_of_ours_passes_as_it_is(store: NoteStore) -> None:
    with pytest.raises(Exception, match="no_such_table") as fault:
        async with store.transaction() as tx:
            await tx.run("SELECT * FROM no_such_table")
    assert not isinstance(fault.value, FlowError)


async def test_a_slow_statement_times_out_and_leaves_its_connection_well(url: str) -> None:
    options = PostgresOptions(url, pool_size=1, statement_timeout=0.5)
    async with postgres.connect(options, Notes) as store:
        before = await backend(store)
        with pytest.raises(TimedOut):
            async with store.transaction() as tx:
                await tx.sleep(5)
        assert await backend(store) == before


async def test_of_two_that_wait_for_each_other_one_is_told_to_try_again(store: NoteStore) -> None:
    await write(store, 1, 2)
    locked = asyncio.Barrier(2)

    async def update(first: int, second: int) -> None:
        async with store.transaction() as tx:
            await tx.rewrite(first)
            await locked.wait()
            await tx.rewrite(second)

    outcomes = await asyncio.gather(update(1, 2), update(2, 1), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "Unavailable"]


async def test_a_pool_with_nothing_left_says_so_in_time(url: str) -> None:
    async with postgres.connect(PostgresOptions(url, pool_size=1, pool_timeout=0.5), Notes) as store:
        async with store.transaction():
            waiting = asyncio.create_task(notes(store))
            await until(lambda: (store.pool_use.in_use, store.pool_use.waiting) == (1, 1))
            with pytest.raises(Crowded):
                await waiting
        assert (store.pool_use.in_use, store.pool_use.waiting) == (0, 0)


async def test_a_busy_pool_is_still_a_living_database(url: str) -> None:
    async with postgres.connect(PostgresOptions(url, pool_size=1), Notes) as store, store.transaction():
        await store.check()


async def test_a_thousand_callers_that_hang_up_leak_no_connection(store: NoteStore) -> None:
    async def ask() -> None:
        async with store.transaction() as tx:
            await tx.sleep(0.01)

    async def ask_and_hang_up() -> None:
        asking = asyncio.create_task(ask())
        await asyncio.sleep(random.uniform(0, 0.1))  # noqa: S311  no secret
        asking.cancel()
        await asyncio.wait([asking])

    for _ in range(10):
        await asyncio.gather(*(ask_and_hang_up() for _ in range(100)))
    assert store.pool_use.in_use == 0
    await asyncio.gather(*(notes(store) for _ in range(20)))
    async with asyncio.timeout(30):  # those that were hung up on leave in their own time
        while await backends(store) > store.pool_use.size + 1:
            await asyncio.sleep(0.01)


async def backend(store: NoteStore) -> int:
    return await number(store, "SELECT pg_backend_pid()")


async def backends(store: NoteStore) -> int:
    return await number(store, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")


async def number(store: NoteStore, sql: str) -> int:
    async with store.transaction() as tx:
        result = await tx.connection.exec_driver_sql(sql)
        return int(result.scalar_one())
