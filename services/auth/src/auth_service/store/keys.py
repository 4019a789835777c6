"""Signing keys in PostgreSQL, their private halves sealed."""

from collections.abc import Sequence
from dataclasses import dataclass

from flowkit.postgres import Store
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_service.ports import StoredKey
from auth_service.seal import Seal
from auth_service.store.transaction import Transaction
from auth_service.tables import signing_keys

# An Ed25519 private key as it is: how earlier versions stored it.
_PLAIN_BYTES = 32


@dataclass(frozen=True, slots=True)
class StoredKeys:
    store: Store[Transaction]
    seal: Seal

    async def keep_first(self, candidate: StoredKey) -> Sequence[StoredKey]:
        async with self.store.transaction() as tx:
            if stored := await self._all(tx.connection):
                await self._seal_plain(tx.connection)
                return stored
            # Until the end of this transaction no other may lock or write; reading goes on.
            await tx.connection.execute(text("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE"))
            # Another instance may have been first while we waited for the lock.
            if stored := await self._all(tx.connection):
                return stored
            await self._add(tx.connection, candidate)
            return [candidate]

    async def _all(self, connection: AsyncConnection) -> Sequence[StoredKey]:
        newest_first = signing_keys.c.created_at.desc(), signing_keys.c.kid
        rows = await connection.execute(select(signing_keys).order_by(*newest_first))
        return [StoredKey(row.kid, self._opened(row.private_key, row.kid), row.retired_at is not None) for row in rows]

    async def _add(self, connection: AsyncConnection, key: StoredKey) -> None:
        sealed = self.seal.close(key.private_key, key.kid)
        await connection.execute(insert(signing_keys).values(kid=key.kid, private_key=sealed))

    async def _seal_plain(self, connection: AsyncConnection) -> None:
        """Those an earlier version left as they are; of two that start together one finds nothing left to do."""
        is_plain = func.octet_length(signing_keys.c.private_key) == _PLAIN_BYTES
        for row in await connection.execute(select(signing_keys).where(is_plain).with_for_update()):
            sealed = self.seal.close(row.private_key, row.kid)
            one = signing_keys.c.kid == row.kid
            await connection.execute(update(signing_keys).where(one).values(private_key=sealed))

    def _opened(self, stored: bytes, kid: str) -> bytes:
        return stored if len(stored) == _PLAIN_BYTES else self.seal.open(stored, kid)
