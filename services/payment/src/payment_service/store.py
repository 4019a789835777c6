"""Payments in PostgreSQL."""

from dataclasses import dataclass

from contracts.payment import Refusal
from flowkit.outbox import Publishes
from flowkit.reactions.done import Marks
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from payment_service.ports import Charge
from payment_service.tables import payments


@dataclass(frozen=True, slots=True)
class Transaction(Publishes, Marks):
    connection: AsyncConnection

    async def add(self, charge: Charge, refusal: Refusal | None) -> str | None:
        values = {"order_id": charge.order_id, "customer_id": charge.customer_id, "amount": charge.amount}
        added = insert(payments).values(**values, refusal=refusal).on_conflict_do_nothing(index_elements=["order_id"])
        return await self.connection.scalar(added.returning(payments.c.id))
