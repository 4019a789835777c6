"""Payments in a dictionary; test_store.py holds it to what PostgreSQL does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from contracts.payment import Refusal
from flowkit.testing.events import FakeEvents
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

    async def add(self, charge: Charge, refusal: Refusal | None) -> str | None:
        if charge.order_id in self.payments:
            return None
        self.payments[charge.order_id] = (str(uuid4()), charge, refusal)
        return self.payments[charge.order_id][0]
