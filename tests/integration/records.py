"""What services have stored, read and written behind their backs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine


@dataclass(frozen=True, slots=True)
class Records:
    connection: AsyncConnection

    async def one(self, statement: str, **values: object) -> Any:
        """The first value of the first row."""
        return (await self.connection.execute(text(statement), values)).scalar_one()

    async def change(self, statement: str, **values: object) -> None:
        await self.connection.execute(text(statement), values)
        await self.connection.commit()


@asynccontextmanager
async def records(database_url: str) -> AsyncGenerator[Records]:
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"))
    try:
        async with engine.connect() as connection:
            yield Records(connection)
    finally:
        await engine.dispose()
