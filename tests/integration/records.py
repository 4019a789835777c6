"""What services have stored, read and written behind their backs."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from tests.cluster import Running


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


async def tables_of(cluster: Running, service: str) -> Mapping[str, str]:
    """Every table of a service, read whole, as text; bytes in it are in hexadecimal. None of a service without any."""
    if cluster.service(service).database_url is None:
        return {}
    async with records(cluster.database_url(service)) as kept:
        names = await kept.one("SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = 'public'")
        whole = "SELECT coalesce(string_agg(each::text, chr(10)), '') FROM {} AS each"
        return {name: await kept.one(whole.format(name)) for name in names}


async def tables_that_hold(cluster: Running, service: str, telling: Sequence[str]) -> set[str]:
    tables = await tables_of(cluster, service)
    return {name for name, told in tables.items() if any(each.lower() in told.lower() for each in telling)}
