"""Relays killed between publishing and removing, again and again: nothing is missing, nothing out of order."""

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flowkit import postgres
from flowkit.contract import EVENTS
from flowkit.postgres import PostgresOptions
from flowkit.reactions.done import Marks, events_done
from flowkit.servers import NatsServer
from flowkit.streams import Kept, Streams
from sqlalchemy.ext.asyncio import AsyncConnection

from .told import CounterStore, Transaction, left

pytestmark = pytest.mark.timeout(1200)

EVENTS_TOLD = int(os.environ.get("OUTBOX_EVENTS", "2000"))
KILLS = max(10, EVENTS_TOLD // 200)
WRITERS, KEYS, REGRETTED = 20, 40, 0.05
LONGEST_HOLD_S = 0.02
SEED = int(os.environ.get("OUTBOX_SEED", "5"))
DRAIN_S = 300

# How many of its key were committed before: told apart for each, and without a gap, where none overtook another.
_EFFECT = sa.text(
    "INSERT INTO effects SELECT CAST(:event AS uuid), :key, count(*) FROM effects WHERE key = CAST(:key AS text)"
)


@dataclass(slots=True)
class Writers:
    store: CounterStore
    committed: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311  the same once more

    async def write(self, number: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(WRITERS):
                group.create_task(self._write(number))

    async def _write(self, number: int) -> None:
        while self.committed < number:
            self.committed += 1
            with contextlib.suppress(LookupError):
                await self._one()

    async def _one(self) -> None:
        key = f"key {self.chance.randrange(KEYS)}"
        async with self.store.transaction() as tx:
            await asyncio.sleep(self.chance.uniform(0, LONGEST_HOLD_S))
            event = await tx.tell(key, 0)
            await tx.connection.execute(_EFFECT, {"event": event, "key": key})
            await asyncio.sleep(self.chance.uniform(0, LONGEST_HOLD_S))
            if self.chance.random() < REGRETTED:
                self.committed -= 1
                raise LookupError


@pytest.fixture
async def patient(options: PostgresOptions) -> AsyncGenerator[CounterStore]:
    """However busy the machine is, each writer has its connection, and its turn at last."""
    longest = replace(
        options,
        pool_size=WRITERS,
        pool_timeout=60,
        statement_timeout=60,
        command_timeout=61,
        lock_timeout=60,
        idle_in_transaction_timeout=60,
    )
    async with postgres.connect(longest, Transaction) as store:
        yield store


@asynccontextmanager
async def mortal_relays(database: str, broker: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    script = Path(__file__).with_name("mortal.py")
    arguments = (database, broker, str(KILLS), str(SEED))
    relays = await asyncio.create_subprocess_exec(
        sys.executable, str(script), *arguments, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        yield relays
        relays.send_signal(signal.SIGTERM)
        assert await relays.wait() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(relays.pid, signal.SIGKILL)
        await relays.wait()


async def killed(relays: asyncio.subprocess.Process, times: int) -> None:
    assert relays.stdout is not None
    for expected in range(1, times + 1):
        assert int(await relays.stdout.readline()) == expected


async def all_stored(streams: Streams) -> list[Kept]:
    found: list[Kept] = []
    while page := await streams.read(EVENTS, start=found[-1].place + 1 if found else 1, most=250):
        found += page
    return found


async def effects(store: CounterStore) -> dict[str, list[str]]:
    """The events of each key, in the order of their commits."""
    ordered = defaultdict[str, list[str]](list)
    async with store.reading() as tx:
        rows = await tx.connection.execute(sa.text("SELECT key, id::text, before FROM effects ORDER BY key, before"))
        for key, id_, before in rows:
            assert before == len(ordered[key]), "of two transactions of one key, neither saw the other"
            ordered[key].append(id_)
    return ordered


@dataclass(frozen=True, slots=True)
class Consumer(Marks):
    connection: AsyncConnection


async def acted_on(options: PostgresOptions, stored: Sequence[Kept]) -> int:
    """How many deliveries had an effect: a consumer is given all that is stored, duplicates too."""
    metadata = sa.MetaData()
    events_done(metadata)
    done = 0
    async with postgres.connect(options, Consumer) as store:
        async with store.transaction() as tx:
            await tx.connection.run_sync(metadata.create_all)
        for start in range(0, len(stored), 200):
            async with store.transaction() as tx:
                for event in stored[start : start + 200]:
                    done += await tx.mark_done("reader", event.headers["flow-event-id"])
    return done


async def test_no_kill_loses_an_event_or_puts_one_before_another_of_its_key(
    nats: NatsServer, options: PostgresOptions, patient: CounterStore, streams: Streams, request: pytest.FixtureRequest
) -> None:
    store = patient
    async with store.transaction() as tx:
        await tx.connection.execute(sa.text("CREATE TABLE effects (id uuid PRIMARY KEY, key text, before int)"))
        await tx.connection.execute(sa.text("CREATE INDEX ON effects (key)"))
    began = time.monotonic()
    async with mortal_relays(options.url, nats.url) as relays:
        hits = asyncio.ensure_future(killed(relays, KILLS))
        await Writers(store).write(EVENTS_TOLD)
        wrote = time.monotonic() - began
        await hits
        async with asyncio.timeout(DRAIN_S):
            while await left(store):
                await asyncio.sleep(0.05)
    took = time.monotonic() - began
    stored, ordered = await all_stored(streams), await effects(store)

    first = defaultdict[str, list[str]](list)
    seen: set[str] = set()
    for event in stored:
        id_ = event.headers["flow-event-id"]
        if id_ not in seen:
            seen.add(id_)
            first[event.headers["flow-event-key"]].append(id_)
    committed = {id_ for ids in ordered.values() for id_ in ids}
    duplicates = len(stored) - len(seen)
    assert len(committed) == EVENTS_TOLD
    assert (committed - seen, seen - committed) == (set(), set())
    assert first == ordered
    assert duplicates > 0, "what was sent again was all within the duplicate window: no consumer had to absorb it"
    assert await acted_on(options, stored) == EVENTS_TOLD
    told = (
        f"{EVENTS_TOLD} events of {WRITERS} writers, {KILLS} kills between publish and removal: 0 missing, "
        f"0 out of order, {duplicates} stored twice and acted on once; written in {wrote:.1f} s, "
        f"all stored after {took:.1f} s (seed {SEED})"
    )
    request.node.user_properties.append(("figure", told))
