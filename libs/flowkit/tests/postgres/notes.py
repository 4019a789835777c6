"""A service that keeps notes: the smallest there is with a database."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from flowkit.postgres import Store
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Notes:
    """The queries of a service that keeps notes."""

    connection: AsyncConnection

    async def write(self, note: str, id_: int = 1) -> None:
        await self.connection.execute(text("INSERT INTO notes VALUES (:id, :note)"), {"id": id_, "note": note})

    async def rewrite(self, id_: int) -> None:
        await self.connection.execute(text("UPDATE notes SET note = 'eggs' WHERE id = :id"), {"id": id_})

    async def all(self) -> list[str]:
        return list((await self.connection.scalars(text("SELECT note FROM notes ORDER BY id"))).all())

    async def sleep(self, seconds: float) -> None:
        await self.run(f"SELECT pg_sleep({seconds})")

    async def sleepers(self) -> int:
        asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
        return (await self.connection.execute(text(asleep))).scalar_one()

    async def sessions(self) -> set[int]:
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        return set((await self.connection.scalars(text(asked))).all())

    async def run(self, sql: str) -> None:
        await self.connection.execute(text(sql))


type NoteStore = Store[Notes]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0)


async def until_one_sleeps(store: NoteStore) -> None:
    """Until its server has come as far as `pg_sleep`, of whichever statement."""
    async with asyncio.timeout(30):
        while not await _sleepers(store):
            await asyncio.sleep(0.01)


async def _sleepers(store: NoteStore) -> int:
    async with store.reading() as tx:
        return await tx.sleepers()
