"""What payment needs from outside itself."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from contracts.payment import Payment, Refusal
from flowkit.outbox import Publishing
from flowkit.service import Marking


@dataclass(frozen=True, slots=True)
class Charge:
    """What is asked of a customer for an order."""

    order_id: str
    customer_id: str
    amount: Decimal


class Provider(Protocol):
    async def take(self, charge: Charge) -> Refusal | None:
        """None where it was paid. Asked again about an order, it says what it said and takes nothing more."""
        ...


class Transaction(Publishing, Marking, Protocol):
    async def add(self, charge: Charge, refusal: Refusal | None) -> str | None:
        """The payment's id; None where the order has its payment already."""
        ...

    async def newest(self, customer_id: str, before: str | None, most: int) -> Sequence[Payment]:
        """By their ids, below the one given."""
        ...


class Store(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """For queries alone."""
        ...
