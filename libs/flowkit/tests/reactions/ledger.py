"""A book in which an event that was acted on twice is seen twice."""

from dataclasses import dataclass

from flowkit.reactions.done import Marks, events_done
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Book(Marks):
    connection: AsyncConnection

    async def make(self) -> None:
        metadata = MetaData()
        events_done(metadata)
        await self.connection.run_sync(metadata.create_all)
        await self.connection.execute(text("CREATE TABLE entries (said text)"))

    async def enter(self, said: str) -> None:
        await self.connection.execute(text("INSERT INTO entries VALUES (:said)"), {"said": said})

    async def entries(self) -> list[str]:
        return list(await self.connection.scalars(text("SELECT said FROM entries ORDER BY said")))
