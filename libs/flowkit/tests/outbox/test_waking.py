"""How soon a relay is there: it is told, and looks by itself as well."""

import asyncio

import pytest
from flowkit.outbox import relay as relay_module
from flowkit.postgres import Listener, PostgresOptions
from flowkit.streams import Streams
from sqlalchemy import text

from .conftest import Relaying
from .told import CounterStore, tell
from .until import PATIENCE_S, emptied, stored, until

RELAYS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'the relay' AND datname = current_database()"


async def test_a_commit_wakes_the_relay(
    store: CounterStore, streams: Streams, relay: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "POLL_S", 3600.0)
    async with relay():
        for n in range(1, 6):
            await tell(store, "ada", n)
            await stored(streams, n)
            await emptied(store)


async def test_what_nobody_told_of_is_found(store: CounterStore, streams: Streams, relay: Relaying) -> None:
    async with relay():
        await tell(store, "ada", 1)
        await stored(streams, 1)
        async with store.transaction() as tx:
            await tx.tell_nobody("ada")
        await stored(streams, 2)


async def test_a_relay_whose_connection_is_lost_listens_on_another(
    store: CounterStore,
    streams: Streams,
    relay: Relaying,
    options: PostgresOptions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def relays() -> set[int]:
        async with store.reading() as tx:
            return {int(pid) for pid in await tx.connection.scalars(text(RELAYS))}

    async def replaced(before: set[int]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not (now := await relays()) or now & before:
                await asyncio.sleep(0.01)

    own = PostgresOptions(options.url, application_name="the relay")
    async with relay(over=own):
        await tell(store, "ada", 1)
        await stored(streams, 1)
        before = await relays()
        async with store.transaction() as tx:
            for pid in before:
                await tx.connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        await replaced(before)
        await emptied(store)
        monkeypatch.setattr(relay_module, "POLL_S", 3600.0)
        await tell(store, "ada", 2)
        await stored(streams, 2)
        await tell(store, "ada", 3)
        await stored(streams, 3)


async def test_nobody_is_told_of_what_was_rolled_back(store: CounterStore, options: PostgresOptions) -> None:
    """Nor by whoever uses its connection next."""
    heard = 0

    def hear() -> None:
        nonlocal heard
        heard += 1

    async def regret() -> None:
        async with store.transaction() as tx:
            await tx.tell("ada", 1)
            raise LookupError

    listener = Listener(options, "outbox", hear)
    await listener.connection()
    with pytest.raises(LookupError):
        await regret()
    async with store.transaction() as tx:
        await tx.connection.execute(text("SELECT 1"))
    assert heard == 1, "with its connection, and no more"
    await tell(store, "ada", 2)
    await until(lambda: heard == 2)
    await listener.close()
