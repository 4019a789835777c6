"""What order needs from outside itself."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from contracts.order import Order, OrderedItem, OrderSummary, Status
from flowkit.call import Call
from flowkit.outbox import Publishing
from flowkit.service import Marking
from msgspec import Struct

from order_service.basket import Basket


@dataclass(frozen=True, slots=True)
class Standing:
    """What an order waits for, or how it has ended and by which payment."""

    status: Status
    total: Decimal
    payment_id: str | None = None


class Transaction(Publishing, Marking, Protocol):
    """Where `owner` is None, everybody's."""

    async def add(self, customer_id: str, basket: Basket) -> Order: ...

    async def add_welcome(self, customer_id: str, basket: Basket) -> Order | None:
        """None where the customer has one already."""
        ...

    async def keep(self, answer: Struct, call: Call) -> None:
        """Commit a flow's answer with its effect, for whoever asks again under the same Idempotency-Key."""
        ...

    async def find(self, id_: str, owner: str | None) -> Order | None: ...

    async def page(self, owner: str | None, page: int, limit: int) -> Sequence[OrderSummary]:
        """The newest first."""
        ...

    async def count(self, owner: str | None) -> int: ...

    async def newest(self, customer_id: str, before: str | None, most: int) -> Sequence[OrderSummary]:
        """By their ids, below the one given."""
        ...

    async def items_of(self, ids: Sequence[str]) -> Mapping[str, tuple[OrderedItem, ...]]:
        """By the order they are of."""
        ...

    async def standing(self, id_: str) -> Standing | None:
        """Held until this transaction ends: nobody else changes it meanwhile."""
        ...

    async def settle(self, id_: str, status: Status, payment_id: str) -> None: ...


class Store(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """For queries alone."""
        ...
