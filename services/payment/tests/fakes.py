"""Payments in a dictionary; test_store.py holds it to what PostgreSQL does."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from contracts.payment import Payment, Refusal
from flowkit.testing.events import FakeEvents
from msgspec import UNSET
from payment_service.ports import Charge

type Kept = tuple[str, Charge, Refusal | None]
"""A payment's id, what was asked, and why it was refused."""


@dataclass
class FakeStore(FakeEvents):
    """`payments` by order."""

    payments: dict[str, Kept] = field(default_factory=dict[str, Kept])

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["FakeStore"]:
        before = {**self.payments}
        try:
            with self.all_or_nothing():
                yield self
        except BaseException:
            self.payments = before
            raise

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["FakeStore"]:
        yield self

    async def add(self, charge: Charge, refusal: Refusal | None) -> str | None:
        if charge.order_id in self.payments:
            return None
        # In the order of their making, as PostgreSQL's are.
        self.payments[charge.order_id] = (str(UUID(int=len(self.payments) + 1)), charge, refusal)
        return self.payments[charge.order_id][0]

    async def newest(self, customer_id: str, before: str | None, most: int) -> Sequence[Payment]:
        theirs = [kept for kept in self.payments.values() if kept[1].customer_id == customer_id][::-1]
        return [_payment(*kept) for kept in theirs if before is None or kept[0] < before][:most]


def _payment(id_: str, charge: Charge, refusal: Refusal | None) -> Payment:
    return Payment(
        id=id_,
        order_id=charge.order_id,
        status="completed" if refusal is None else "failed",
        amount=charge.amount,
        created_at=datetime.now(UTC),
        reason=refusal or UNSET,
    )
