"""Consumers killed in the middle of a transaction, and between its commit and the acknowledgement: each event counts
once."""

import asyncio
import contextlib
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from flowkit import postgres
from flowkit.bus import Bus
from flowkit.postgres import PostgresOptions, Store
from flowkit.servers import NatsServer, PostgresServer
from flowkit.streams.declared import StreamOptions

from .ledger import Book
from .mortal import BEFORE_THE_ACKNOWLEDGEMENT, IN_THE_MIDDLE
from .scenes import said, scene, streams_kept

pytestmark = pytest.mark.timeout(600)

KILLS = int(os.environ.get("REACTION_KILLS", "12"))
EVENTS = 40 * KILLS
SEED = os.environ.get("REACTION_SEED", "5")
# Where whoever had one is dead the server waits so long before it gives it to another.
ACK_WAIT_S = 1.0
DRAIN_S = 240.0


@pytest.fixture
async def database(postgres_server: PostgresServer) -> AsyncGenerator[str]:
    name = f"book_{uuid4().hex}"
    yield await postgres_server.create_database(name)
    await postgres_server.drop_database(name)


@pytest.fixture
async def book(database: str) -> AsyncGenerator[Store[Book]]:
    async with postgres.connect(PostgresOptions(database), Book) as store:
        async with store.transaction() as tx:
            await tx.make()
        yield store


@asynccontextmanager
async def mortal_consumers(database: str, broker: str, log: Path) -> AsyncGenerator[asyncio.subprocess.Process]:
    arguments = (database, broker, str(KILLS), SEED, str(log))
    consumers = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "reactions.mortal", *arguments),
        cwd=Path(__file__).parents[1],
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield consumers
        consumers.send_signal(signal.SIGTERM)
        assert await consumers.wait() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(consumers.pid, signal.SIGKILL)
        await consumers.wait()


async def deaths(consumers: asyncio.subprocess.Process) -> Counter[str]:
    assert consumers.stdout is not None
    return Counter([(await consumers.stdout.readline()).decode().strip() for _ in range(KILLS)])


def outcomes(log: Path) -> Counter[str]:
    lines = [msgspec.json.decode(line) for line in log.read_bytes().splitlines() if line.endswith(b"}")]
    return Counter(line["outcome"] for line in lines if line["event"] == "event")


async def test_no_kill_loses_an_event_or_has_it_acted_on_twice(
    nats: NatsServer, real_bus: Bus, database: str, book: Store[Book], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    every = [f"{n:05}" for n in range(EVENTS)]
    await streams_kept(real_bus, StreamOptions(ack_wait_s=ACK_WAIT_S))
    async with scene(real_bus) as host:
        await host.reactions.leave()
        async with mortal_consumers(database, nats.url, log) as consumers, asyncio.timeout(DRAIN_S):
            dying = asyncio.create_task(deaths(consumers))
            for text in every:
                await host.tell(said(text))
            died = await dying
            await host.finished()

    async with book.reading() as tx:
        entries = await tx.entries()
    told = outcomes(log)
    sys.stdout.write(f"{EVENTS} events, {dict(died)} deaths, {told['duplicate']} duplicates absorbed\n")
    assert sorted(Counter(entries).items()) == [(text, 1) for text in every]
    assert died == {IN_THE_MIDDLE: KILLS // 2, BEFORE_THE_ACKNOWLEDGEMENT: KILLS - KILLS // 2}
    assert told["duplicate"] > 0, "none died between a commit and its acknowledgement"
    assert told["dead"] == 0
