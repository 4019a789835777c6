"""An event about a note, and whoever keeps it: the tables, the transaction, the reaction."""

import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa
from flowkit.call import Call
from flowkit.contract import Event, Fact, Participant
from flowkit.outbox import Publishes, outbox
from flowkit.postgres import Store
from flowkit.reactions.done import Marks, events_done
from sqlalchemy.ext.asyncio import AsyncConnection

_SPOIL = sa.text(
    """UPDATE outbox SET body = coalesce(CAST(:body AS bytea), body), headers = headers || CAST(:told AS jsonb)
    WHERE id = CAST(:id AS uuid)"""
)


class Noted(Fact):
    note: str


noted = Event("test.noted", Noted, key=lambda told: told.note)
PARTICIPANTS = (Participant("writer", announces=(noted,)), Participant("reader", reacts_to=(noted,)))
CONSUMER = "reader-test-noted-v1"


@dataclass(frozen=True, slots=True)
class Transaction(Publishes, Marks):
    connection: AsyncConnection
    kept: list[str] = field(default_factory=list[str])

    async def make(self) -> None:
        metadata = sa.MetaData()
        outbox(metadata)
        events_done(metadata)
        await self.connection.run_sync(metadata.create_all)
        await self.connection.execute(sa.text("CREATE TABLE notes (note text)"))

    async def spoil(self, event_id: str, *, body: bytes | None = None, told: Mapping[str, str] | None = None) -> None:
        """As who tells it in another version, or another kind of body, would have written it."""
        spoiled = {"id": event_id, "body": body, "told": json.dumps(dict(told or {}))}
        await self.connection.execute(_SPOIL, spoiled)

    async def keep(self, note: str) -> None:
        await self.connection.execute(sa.text("INSERT INTO notes VALUES (:note)"), {"note": note})
        self.kept.append(note)

    async def notes(self) -> list[str]:
        return list(await self.connection.scalars(sa.text("SELECT note FROM notes ORDER BY note")))

    async def waiting(self) -> list[str]:
        return list(await self.connection.scalars(sa.text("SELECT id::text FROM outbox ORDER BY place")))

    async def is_waiting(self) -> bool:
        return bool(await self.connection.scalar(sa.text("SELECT EXISTS (SELECT FROM outbox)")))


@dataclass(frozen=True, slots=True)
class KeepNote:
    async def run(self, event: Noted, call: Call, tx: Transaction) -> None:
        call.step("Keeping it")
        await tx.keep(event.note)


@dataclass(frozen=True, slots=True)
class Timed:
    """Knows when each note was committed."""

    store: Store[Transaction]
    done_at: dict[str, float]

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        async with self.store.transaction() as tx:
            yield tx
        self.done_at.update(dict.fromkeys(tx.kept, time.perf_counter()))
