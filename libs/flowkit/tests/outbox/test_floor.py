"""What went through an outbox is not walked past for ever, and nothing that waits, or may yet, is ever passed over."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from flowkit.outbox import floor, row, standing
from flowkit.outbox.floor import Floor
from flowkit.outbox.seen import Seen
from flowkit.outbox.standing import Standing
from flowkit.postgres import PostgresOptions
from flowkit.postgres.connection import Connection, Switchboard, dial
from sqlalchemy import text

from .told import CounterStore, Transaction, tell
from .until import until_it_is_so


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(floor, "NUMBERED_S", 0.0)


@pytest.fixture
async def connection(options: PostgresOptions) -> AsyncGenerator[Connection]:
    async with dialled(options) as connection:
        yield connection


@asynccontextmanager
async def dialled(options: PostgresOptions) -> AsyncGenerator[Connection]:
    switchboard = Switchboard(1.0)
    connection = await dial(options, switchboard)
    yield connection
    switchboard.hang_up(connection)
    await switchboard.quiet()


async def gone_through(store: CounterStore, times: int) -> int:
    """Told and removed; the last place drawn."""
    async with store.transaction() as tx:
        for n in range(times):
            await tx.tell("ada", n)
        last = await tx.connection.scalar(text("SELECT max(place) FROM outbox"))
        await tx.connection.execute(text("DELETE FROM outbox"))
    return int(last or 0)


async def reaches(stands: Standing, connection: Connection, place: int) -> None:
    """Before long: what else runs on this server may be open just now."""

    async def there() -> bool:
        return await looked(stands, connection, 1) == place

    await until_it_is_so(there)


async def looked(stands: Standing, connection: Connection, times: int) -> int:
    for _ in range(times):
        await stands.look(connection, [])
    return stands.floor


async def taken(stands: Standing, connection: Connection) -> list[str]:
    return [each.key for each in await row.take(connection, [], keys=64, rows=256, floor=stands.floor)]


async def test_it_follows_what_went_through_though_somebody_still_sees_it(
    store: CounterStore, connection: Connection
) -> None:
    async with store.transaction() as reading:
        await reading.connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        await reading.connection.execute(text("SELECT count(*) FROM outbox"))
        stands, last = Standing(), await gone_through(store, 20)
        await reaches(stands, connection, last + 1)
        await tell(store, "bob", 1)
        assert await taken(stands, connection) == ["bob"]


async def test_what_waits_is_never_below_it(store: CounterStore, connection: Connection) -> None:
    last, stands = await gone_through(store, 5), Standing()
    await tell(store, "bob", 1)
    await gone_through_after(store)
    await reaches(stands, connection, last + 1)
    assert await taken(stands, connection) == ["bob"]


async def gone_through_after(store: CounterStore) -> None:
    """Of another key, behind what waits."""
    async with store.transaction() as tx:
        await tx.tell("eve", 1)
        await tx.connection.execute(text("DELETE FROM outbox WHERE key = 'eve'"))


async def test_what_is_committed_late_is_never_below_it(store: CounterStore, connection: Connection) -> None:
    stands = Standing()
    before = await looked(stands, connection, 5)
    async with AsyncExitStack() as late:
        tx: Transaction = await late.enter_async_context(store.transaction())
        await tx.tell("bob", 1)
        place = await tx.connection.scalar(text("SELECT max(place) FROM outbox"))
        await gone_through(store, 5)
        assert before <= await looked(stands, connection, 12) <= int(place or 0)
        assert await taken(stands, connection) == []
    await reaches(stands, connection, int(place or 0))
    assert await taken(stands, connection) == ["bob"]


async def test_over_another_connection_it_begins_anew(
    store: CounterStore, connection: Connection, options: PostgresOptions
) -> None:
    """The one before may have been lost with a crash, after which rows that had been removed are there again."""
    stands = Standing()
    await reaches(stands, connection, await gone_through(store, 5) + 1)
    async with dialled(options) as another:
        assert await looked(stands, another, 1) == 0


def seen(*, waiting: int = 0, oldest: int | None = None, drawn: int = 0, number: int = 1, over: int = 1) -> Seen:
    return Seen(waiting, None, oldest, drawn, number, over)


def test_who_drew_a_place_and_is_not_over_keeps_it_where_it_is() -> None:
    moved = Floor()
    moved.saw(seen(drawn=10))
    moved.saw(seen(drawn=12, number=7, over=5))
    moved.saw(seen(drawn=14, number=8, over=6))
    assert moved.place == 0
    moved.saw(seen(drawn=16, number=9, over=7))
    assert moved.place == 11


def test_who_may_have_no_number_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor, "NUMBERED_S", 3600.0)
    moved = Floor()
    for number in range(2, 10):
        moved.saw(seen(drawn=10, number=number, over=number))
    assert moved.place == 0


@pytest.mark.parametrize("odd", [seen(waiting=1, drawn=20, number=9, over=9), seen(drawn=3, number=9, over=9)])
def test_rows_put_back_by_hand_and_places_counted_anew_begin_it_anew(odd: Seen) -> None:
    moved = Floor()
    for number in range(2, 5):
        moved.saw(seen(drawn=10, number=number, over=number))
    assert moved.place == 11
    moved.saw(odd)
    assert moved.place == 0
