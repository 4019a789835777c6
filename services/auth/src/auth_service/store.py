"""Signing keys in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from flowkit.postgres import Store
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_service.ports import StoredKey
from auth_service.tables import signing_keys


@dataclass(frozen=True, slots=True)
class Transaction:
    connection: AsyncConnection

    async def lock(self) -> None:
        """Until the end of this transaction no other may lock or write; reading goes on."""
        await self.connection.execute(text("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE"))

    async def all(self) -> Sequence[StoredKey]:
        rows = await self.connection.execute(
            select(signing_keys).order_by(signing_keys.c.created_at.desc(), signing_keys.c.kid)
        )
        return [StoredKey(row.kid, row.private_key, row.retired_at is not None) for row in rows]

    async def add(self, key: StoredKey) -> None:
        await self.connection.execute(insert(signing_keys).values(kid=key.kid, private_key=key.private_key))


@dataclass(frozen=True, slots=True)
class StoredKeys:
    store: Store[Transaction]

    async def keep_first(self, candidate: StoredKey) -> Sequence[StoredKey]:
        async with self.store.transaction() as tx:
            if stored := await tx.all():
                return stored
            await tx.lock()
            # Another instance may have been first while we waited for the lock.
            if stored := await tx.all():
                return stored
            await tx.add(candidate)
            return [candidate]
