"""PostgreSQL killed under reactions: they wait for it, nothing is put aside, and each event counts once."""

from collections import Counter
from collections.abc import AsyncGenerator

import pytest
from flowkit import postgres
from flowkit.bus import Bus
from flowkit.contract import DEAD_LETTERS
from flowkit.postgres import PostgresOptions, Store
from flowkit.reactions import Reactions
from flowkit.servers import PostgresServer
from flowkit.service import on
from flowkit.streams import Streams
from flowkit.telemetry.metrics import Metrics

from .ledger import Book
from .mortal import EnterIntoBook, Life
from .scenes import QUICK, TRACING, Scene, said, scene, streams_kept, visited

pytestmark = pytest.mark.timeout(300)

KILLS = 3
EACH = 60
EVERY = [f"{n:04}" for n in range(KILLS * EACH)]


@pytest.fixture
async def server() -> AsyncGenerator[PostgresServer]:
    """What it has committed stands, although it is killed."""
    async with PostgresServer.temporary() as server:
        await server.stop()
        server.durable = True
        await server.start()
        yield server


@pytest.fixture
async def book(server: PostgresServer) -> AsyncGenerator[Store[Book]]:
    async with postgres.connect(PostgresOptions(await server.create_database("book")), Book) as store:
        async with store.transaction() as tx:
            await tx.make()
        yield store


@pytest.fixture
async def host(real_bus: Bus) -> AsyncGenerator[Scene]:
    await streams_kept(real_bus)
    async with scene(real_bus) as host:
        await host.reactions.leave()
        yield host


async def test_no_kill_of_the_database_loses_an_event_or_has_it_acted_on_twice(
    real_bus: Bus, server: PostgresServer, book: Store[Book], host: Scene
) -> None:
    metrics, entering = Metrics("diary"), on(visited, EnterIntoBook(Life(0, "")), book)
    reactions = Reactions("diary", [entering], Streams(real_bus), TRACING, metrics, QUICK)

    def done() -> float:
        told = {"event": visited.name, "outcome": "done"}
        return metrics.registry.get_sample_value("events_handled_total", told) or 0.0

    reactions.start()
    try:
        for kill in range(KILLS):
            before = done()
            for text in EVERY[kill * EACH : (kill + 1) * EACH]:
                await host.tell(said(text))
            await host.until(lambda before=before: done() > before)
            server.kill()
            await server.wait()
            await server.start()
        await host.finished()
    finally:
        await reactions.leave()
        await reactions.finish()

    async with book.reading() as tx:
        assert sorted(Counter(await tx.entries()).items()) == [(text, 1) for text in EVERY]
    assert await host.streams.read(DEAD_LETTERS) == []
