"""The ledger of requests under an Idempotency-Key, in the service's own database, beside what they change."""

import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from flowkit.contract import FlowError, Unavailable
from flowkit.idempotency import FirstAnswer, Key, KeyReused, Receipt
from flowkit.idempotency.ledger import KEPT_S

_TABLE = "idempotency_keys"
# Each newcomer clears away more than itself, so what is over never piles up.
_CLEARED_AT_ONCE = 10


def columns() -> tuple[Column[object], ...]:
    """As first released, for a service's tables and the migration that makes them; a change is another revision."""
    return (
        Column("id", LargeBinary, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("claim", Text, nullable=False),
        Column("leased_until", DateTime(timezone=True), nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False),
        # Sealed: only whoever brings the key again can read it.
        Column("answer", LargeBinary),
    )


def idempotency_keys(metadata: MetaData) -> Table:
    table = Table(_TABLE, metadata, *columns())
    Index("idempotency_keys_expiring", table.c.expires_at)
    return table


_CLEAR = sa.text(
    f"""
    DELETE FROM {_TABLE} WHERE id IN (
        SELECT id FROM {_TABLE} WHERE expires_at < now() ORDER BY expires_at LIMIT :most FOR UPDATE SKIP LOCKED)
    """  # noqa: S608  the table's name is ours
)
_CLAIM = sa.text(
    f"""
    INSERT INTO {_TABLE} AS known (id, fingerprint, claim, leased_until, expires_at)
    VALUES (:id, :fingerprint, :claim, now() + make_interval(secs => :lease), now() + make_interval(secs => :kept))
    ON CONFLICT (id) DO UPDATE
    SET claim = excluded.claim, leased_until = excluded.leased_until, expires_at = excluded.expires_at,
        fingerprint = excluded.fingerprint, answer = NULL
    WHERE known.expires_at < now()
        OR (known.answer IS NULL AND known.leased_until < now() AND known.fingerprint = excluded.fingerprint)
    RETURNING claim
    """  # noqa: S608  the table's name is ours
)
_KNOWN = sa.text(f"SELECT fingerprint, answer FROM {_TABLE} WHERE id = :id")  # noqa: S608  the table's name is ours
_SETTLE = sa.text(
    f"UPDATE {_TABLE} SET answer = :answer WHERE id = :id AND claim = :claim AND answer IS NULL"  # noqa: S608  as above
)
_RELEASE = sa.text(f"DELETE FROM {_TABLE} WHERE id = :id AND claim = :claim AND answer IS NULL")  # noqa: S608  as above


class _Connected(Protocol):
    @property
    def connection(self) -> AsyncConnection: ...


class _Store(Protocol):
    @property
    def transaction(self) -> Callable[[], AbstractAsyncContextManager[_Connected]]: ...


@dataclass(frozen=True, slots=True)
class PostgresLedger:
    store: _Store
    kept_s: float = KEPT_S

    async def claim(self, key: Key, fingerprint: bytes, lease_s: float, status: int) -> Receipt | FirstAnswer | None:
        receipt = Receipt(key, secrets.token_hex(8), status)
        wanted = {
            "id": key.id,
            "fingerprint": fingerprint,
            "claim": receipt.claim,
            "lease": lease_s,
            "kept": self.kept_s,
        }
        async with self.store.transaction() as tx:
            await tx.connection.execute(_CLEAR, {"most": _CLEARED_AT_ONCE})
            if await tx.connection.scalar(_CLAIM, wanted) is not None:
                return receipt
            known = (await tx.connection.execute(_KNOWN, {"id": key.id})).one_or_none()
        if known is None:
            return None  # released this moment: the next try claims it
        if known.fingerprint != fingerprint:
            raise KeyReused
        return None if known.answer is None else FirstAnswer(key.open(known.answer))

    async def settle(self, receipt: Receipt, answer: Struct | FlowError) -> None:
        async with self.store.transaction() as tx:
            await tx.connection.execute(_SETTLE, _settled(receipt, answer))

    async def release(self, receipt: Receipt) -> None:
        async with self.store.transaction() as tx:
            await tx.connection.execute(_RELEASE, {"id": receipt.key.id, "claim": receipt.claim})


async def keep(connection: AsyncConnection, receipt: Receipt | None, answer: Struct) -> None:
    """In the transaction of the effect: both are committed, or neither. Without a key there is nothing to keep."""
    if receipt is None:
        return
    settled = await connection.execute(_SETTLE, _settled(receipt, answer))
    if settled.rowcount == 0:
        # Held up for longer than its lease, and somebody else carries the request out: this one must not.
        raise Unavailable


def _settled(receipt: Receipt, answer: Struct | FlowError) -> dict[str, object]:
    return {"id": receipt.key.id, "claim": receipt.claim, "answer": receipt.seal(answer)}
