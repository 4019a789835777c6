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

    async def tell_nobody(self, key: str, headers: str = '{"flow-event": "counter.counted"}') -> None:
        """As by a process that was killed between its commit and telling of it."""
        row = {"key": key, "headers": headers, "body": b"{}"}
        silent = sa.text(
            "INSERT INTO outbox (subject, key, headers, body)"
            " VALUES ('event.counter.counted.v1.0', :key, CAST(:headers AS jsonb), :body)"
        )
        await self.connection.execute(silent, row)

    async def tell(self, key: str, n: int, padding: str = "") -> str:
        return await self.publish(counted, Counted(key=key, n=n, padding=padding))


type CounterStore = Store[Transaction]


async def left(store: CounterStore) -> int:
    async with store.reading() as tx:
        return int(await tx.connection.scalar(sa.text("SELECT count(*) FROM outbox")) or 0)


async def tell(store: CounterStore, key: str, n: int, padding: str = "") -> str:
    async with store.transaction() as tx:
        return await tx.tell(key, n, padding)
