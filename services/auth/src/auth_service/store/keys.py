"""Signing keys in PostgreSQL, their private halves sealed."""

from collections.abc import Sequence
from dataclasses import dataclass

from flowkit.postgres import Store
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_service.ports import Change, Decide, StoredKey
from auth_service.seal import Seal
from auth_service.store.transaction import Transaction
from auth_service.tables import signing_keys

# An Ed25519 private key as it is: how earlier versions stored it.
_PLAIN_BYTES = 32


@dataclass(frozen=True, slots=True)
class StoredKeys:
    store: Store[Transaction]
    seal: Seal

    async def all(self) -> Sequence[StoredKey]:
        async with self.store.reading() as tx:
            return await self._all(tx.connection)

    async def change(self, decide: Decide) -> Sequence[StoredKey]:
        async with self.store.transaction() as tx:
            # Until the end of this transaction no other may lock or write; reading goes on.
            await tx.connection.execute(text("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE"))
            now = (await tx.connection.execute(select(func.clock_timestamp()))).scalar_one()
            stored = await self._all(tx.connection)
            await self._seal_plain(tx.connection)
            if change := decide(stored, now):
                await self._make(tx, change)
                stored = await self._all(tx.connection)
        return stored

    async def _make(self, tx: Transaction, change: Change) -> None:
        if (key := change.add) is not None:
            sealed = self.seal.close(key.private_key, key.kid)
            values = {"kid": key.kid, "private_key": sealed, "signs_from": key.signs_from}
            await tx.connection.execute(insert(signing_keys).values(values))
        if change.drop:
            await tx.connection.execute(delete(signing_keys).where(signing_keys.c.kid.in_(change.drop)))
        await tx.record(*change.entries)

    async def _all(self, connection: AsyncConnection) -> Sequence[StoredKey]:
        newest_first = signing_keys.c.signs_from.desc(), signing_keys.c.kid
        rows = await connection.execute(select(signing_keys).order_by(*newest_first))
        return [StoredKey(row.kid, self._opened(row.private_key, row.kid), row.signs_from) for row in rows]

    async def _seal_plain(self, connection: AsyncConnection) -> None:
        """Those an earlier version left as they are."""
        is_plain = func.octet_length(signing_keys.c.private_key) == _PLAIN_BYTES
        for row in await connection.execute(select(signing_keys).where(is_plain)):
            sealed = self.seal.close(row.private_key, row.kid)
            one = signing_keys.c.kid == row.kid
            await connection.execute(update(signing_keys).where(one).values(private_key=sealed))

    def _opened(self, stored: bytes, kid: str) -> bytes:
        return stored if len(stored) == _PLAIN_BYTES else self.seal.open(stored, kid)
