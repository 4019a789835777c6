import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flowkit import postgres
from flowkit.contract import TimedOut, Unavailable
from flowkit.postgres import PostgresOptions, Schema, migrations
from flowkit.servers import PostgresServer
from sqlalchemy import MetaData

from .notes import Notes, NoteStore, until, until_one_sleeps

DAWDLE = "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END'"
DAWDLE_AT_COMMIT = """CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION dawdle()"""
LONG_S = 20
"""What never comes, or comes by a timeout that no test waits for, has not come by then."""


@pytest.fixture(scope="module")
async def server() -> AsyncGenerator[PostgresServer]:
    """One of their own, since these tests end and freeze it."""
    async with PostgresServer.temporary() as running:
        yield running


@pytest.fixture
async def frozen(server: PostgresServer, store: NoteStore) -> AsyncGenerator[None]:
    """After every connection of the pool was in use, so that all of them are frozen with the server."""
    await asyncio.gather(*(read(store) for _ in range(store.pool_use.size)))
    with standing_still(server):
        yield


async def read(store: NoteStore) -> list[str]:
    async with store.transaction() as tx:
        return await tx.all()


async def check(store: NoteStore) -> None:
    async with store.transaction() as tx:
        await tx.run("SELECT 1")


async def look(store: NoteStore) -> None:
    """What is turned off on a server of tests is no fault here."""
    await store.check()


async def write(store: NoteStore, id_: int) -> None:
    async with store.transaction() as tx:
        await tx.write("milk", id_)


async def only_read(store: NoteStore) -> None:
    async with store.transaction() as tx:
        await tx.run("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        await tx.run("SELECT pg_sleep(0.2)")  # so that each has a connection of its own


async def outcome(work: Awaitable[object]) -> object:
    (told,) = await asyncio.gather(work, return_exceptions=True)
    return told


async def sessions(store: NoteStore) -> set[int]:
    """The server's own word for each connection to this database."""
    async with store.transaction() as tx:
        return await tx.sessions()


async def write_slowly(store: NoteStore) -> None:
    async with store.transaction() as tx:
        await tx.write("milk")


async def sleep(store: NoteStore) -> None:
    async with store.transaction() as tx:
        await tx.sleep(2)


@asynccontextmanager
async def killed(server: PostgresServer) -> AsyncGenerator[None]:
    """Gone, and back however the test goes on: the next ones need it too."""
    server.kill()
    try:
        yield
    finally:
        await server.wait()  # to the end of the killed one
        await server.start()


@asynccontextmanager
async def stopped(server: PostgresServer) -> AsyncGenerator[None]:
    await server.stop()
    try:
        yield
    finally:
        await server.start()


@contextmanager
def standing_still(server: PostgresServer) -> Generator[None]:
    server.freeze()
    try:
        yield
    finally:
        server.thaw()


async def seconds(work: Awaitable[object]) -> float:
    began = time.monotonic()
    await asyncio.wait([asyncio.ensure_future(work)])
    return time.monotonic() - began


async def well_again(ask: Callable[[], Coroutine[Any, Any, object]]) -> float:
    """How long until every one of many callers is answered."""
    began = time.monotonic()
    while time.monotonic() - began < LONG_S:
        if not [each for each in await asyncio.gather(*(ask() for _ in range(30)), return_exceptions=True) if each]:
            break
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def test_a_killed_server_is_told_at_once_and_the_pool_is_well_as_soon_as_it_is_back(
    server: PostgresServer, url: str
) -> None:
    async with postgres.connect(PostgresOptions(url, connect_timeout=LONG_S, pool_timeout=LONG_S), Notes) as store:
        await asyncio.gather(*(check(store) for _ in range(30)))
        async with killed(server):
            outcomes = asyncio.gather(*(check(store) for _ in range(30)), return_exceptions=True)
            assert await seconds(outcomes) < LONG_S / 4
            assert all(isinstance(outcome, Unavailable) for outcome in outcomes.result())
        assert await well_again(lambda: check(store)) < LONG_S / 4


async def test_a_server_that_was_restarted_between_requests_is_noticed_by_none_of_them(
    server: PostgresServer, store: NoteStore
) -> None:
    await asyncio.gather(*(read(store) for _ in range(10)))
    await server.restart()
    assert await asyncio.gather(*(read(store) for _ in range(10))) == [[]] * 10


async def test_a_connection_to_a_server_that_only_reads_is_left_with_the_first_that_writes(store: NoteStore) -> None:
    """After a failover it leads to the one that was the primary."""
    size = store.pool_use.size
    await asyncio.gather(*(only_read(store) for _ in range(size)))
    outcomes = [await outcome(write(store, id_)) for id_ in range(size)]
    assert [type(each) for each in outcomes] == [Unavailable] * size

    for id_ in range(2 * size):
        await write(store, id_)


async def test_what_is_refused_by_a_server_that_only_reads_leaves_the_connections_of_others(store: NoteStore) -> None:
    """It may have been set so where it is: whoever reads is well."""
    await asyncio.gather(*(only_read(store) for _ in range(store.pool_use.size)))
    before = await sessions(store)
    assert isinstance(await outcome(write(store, 1)), Unavailable)

    await asyncio.gather(*(read(store) for _ in range(store.pool_use.size)))
    async with asyncio.timeout(LONG_S):
        while len(before & await sessions(store)) != len(before) - 1:
            await asyncio.sleep(0.01)


async def test_a_statement_cut_off_by_a_crash_did_not_run(server: PostgresServer, store: NoteStore) -> None:
    sleeping = asyncio.create_task(sleep(store))
    await until_one_sleeps(store)
    async with killed(server):
        with pytest.raises(Unavailable):
            await sleeping


async def test_a_commit_cut_off_by_a_crash_may_have_been_done(server: PostgresServer, store: NoteStore) -> None:
    async with store.transaction() as tx:
        await tx.run(DAWDLE)
        await tx.run(DAWDLE_AT_COMMIT)
    writing = asyncio.create_task(write_slowly(store))
    await until_one_sleeps(store)
    async with killed(server):
        with pytest.raises(TimedOut):
            await writing


@pytest.mark.usefixtures("frozen")
async def test_a_frozen_server_keeps_nobody_longer_than_the_timeouts_say(store: NoteStore) -> None:
    outcomes = asyncio.gather(*(read(store) for _ in range(40)), return_exceptions=True)
    assert await seconds(outcomes) < 5
    assert all(isinstance(outcome, Unavailable | TimedOut) for outcome in outcomes.result())


@pytest.mark.usefixtures("frozen")
async def test_whoever_hangs_up_on_a_frozen_server_is_free_at_once(store: NoteStore) -> None:
    asking = [asyncio.create_task(read(store)) for _ in range(40)]
    await until(lambda: (store.pool_use.in_use, store.pool_use.waiting) == (10, 30))
    for each in asking:
        each.cancel()
    assert await seconds(asyncio.gather(*asking, return_exceptions=True)) < 1
    assert (store.pool_use.in_use, store.pool_use.waiting) == (0, 0)


@pytest.mark.usefixtures("frozen")
async def test_a_frozen_server_is_found_out_within_a_second(store: NoteStore) -> None:
    with pytest.raises(Unavailable):
        await store.check()
    assert await seconds(store.check()) < 2


async def test_a_thawed_server_finds_the_pool_well(server: PostgresServer, store: NoteStore) -> None:
    with standing_still(server):
        await asyncio.gather(*(read(store) for _ in range(40)), return_exceptions=True)
    assert await well_again(lambda: read(store)) < LONG_S / 4
    assert await well_again(lambda: look(store)) < LONG_S / 4


async def test_leaving_a_frozen_server_takes_no_longer_than_its_farewell(server: PostgresServer, url: str) -> None:
    with ExitStack() as afterwards:
        async with postgres.connect(PostgresOptions(url, farewell_timeout=0.5), Notes) as store:
            await store.check()
            afterwards.enter_context(standing_still(server))
            began = time.monotonic()
        took = time.monotonic() - began
    assert took < 1.5


async def test_a_store_may_be_opened_before_its_server_runs(server: PostgresServer, url: str) -> None:
    async with postgres.connect(PostgresOptions(url, check_timeout=LONG_S), Notes) as store:
        async with stopped(server):
            with pytest.raises(Unavailable):
                await store.check()
        await store.check()


async def test_a_service_waits_for_a_database_that_comes_later(
    server: PostgresServer, url: str, tmp_path: Path
) -> None:
    (tmp_path / "versions").mkdir()
    async with stopped(server):
        migrating = asyncio.create_task(migrations.apply(PostgresOptions(url), Schema(MetaData(), tmp_path)))
        await asyncio.sleep(0.3)
        assert not migrating.done()
    await asyncio.wait_for(migrating, LONG_S)
