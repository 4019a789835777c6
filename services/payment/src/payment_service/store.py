"""Payments in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.payment import Payment, Refusal
from flowkit.outbox import Publishes
from flowkit.reactions.done import Marks
from msgspec import UNSET
from sqlalchemy import Integer, Row, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from payment_service.ports import Charge
from payment_service.tables import payments

_table = payments.c
_NEWEST = (
    select(_table.id, _table.order_id, _table.amount, _table.refusal, _table.created_at)
    .where(_table.customer_id == bindparam("customer_id"))
    .order_by(_table.id.desc())
    .limit(bindparam("most", type_=Integer))
)
_OLDER = _NEWEST.where(_table.id < bindparam("before"))


@dataclass(frozen=True, slots=True)
class Transaction(Publishes, Marks):
    connection: AsyncConnection

    async def add(self, charge: Charge, refusal: Refusal | None) -> str | None:
        values = {"order_id": charge.order_id, "customer_id": charge.customer_id, "amount": charge.amount}
        added = insert(payments).values(**values, refusal=refusal).on_conflict_do_nothing(index_elements=["order_id"])
        return await self.connection.scalar(added.returning(payments.c.id))

    async def newest(self, customer_id: str, before: str | None, most: int) -> Sequence[Payment]:
        which = _NEWEST if before is None else _OLDER
        wanted = {"customer_id": customer_id, "before": before, "most": most}
        return [_payment(row) for row in await self.connection.execute(which, wanted)]


def _payment(row: Row[*tuple[Any, ...]]) -> Payment:
    return Payment(
        id=row.id,
        order_id=row.order_id,
        status="completed" if row.refusal is None else "failed",
        amount=row.amount,
        created_at=row.created_at,
        reason=row.refusal or UNSET,
    )
