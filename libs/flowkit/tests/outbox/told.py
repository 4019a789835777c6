"""A service that tells one kind of event, in the fewest words."""

from dataclasses import dataclass

import sqlalchemy as sa
from flowkit.contract import Event
from flowkit.outbox import Publishes, outbox
from flowkit.postgres import Store
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection


class Counted(Struct, frozen=True, kw_only=True):
    """The n-th of its key, told within a transaction that is held open for a while."""

    key: str
    n: int
    padding: str = ""


counted = Event("counter.counted", Counted, key=lambda told: told.key)
metadata = sa.MetaData()
outbox(metadata)


@dataclass(frozen=True, slots=True)
class Transaction(Publishes):
    connection: AsyncConnection

    async def count(self, key: str) -> int:
        """Kept beside the outbox: the next of a key is known once the one before is committed."""
        counting = sa.text(
            "INSERT INTO counters VALUES (:key, 1) ON CONFLICT (key) DO UPDATE SET n = counters.n + 1 RETURNING n"
        )
        return int(await self.connection.scalar(counting, {"key": key}) or 0)

    async def tell(self, key: str, n: int, padding: str = "") -> str:
        return await self.publish(counted, Counted(key=key, n=n, padding=padding))


type CounterStore = Store[Transaction]


async def left(store: CounterStore) -> int:
    async with store.reading() as tx:
        return int(await tx.connection.scalar(sa.text("SELECT count(*) FROM outbox")) or 0)
