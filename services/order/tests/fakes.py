"""Orders in a dictionary; test_store.py holds it to what PostgreSQL does."""

import copy
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from contracts.order import Order, OrderedItem, OrderSummary, Origin, Status
from flowkit.call import Call
from flowkit.testing.events import FakeEvents
from msgspec import Struct
from order_service.basket import Basket
from order_service.ports import Standing


@dataclass
class FakeStore(FakeEvents):
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    payments: dict[str, str] = field(default_factory=dict[str, str])
    kept: list[Struct] = field(default_factory=list[Struct])

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["FakeStore"]:
        before = copy.copy(self.orders), copy.copy(self.payments), [*self.kept]
        with self.all_or_nothing():
            try:
                yield self
            except BaseException:
                self.orders, self.payments, self.kept = before
                raise

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["FakeStore"]:
        yield self

    async def add(self, customer_id: str, basket: Basket) -> Order:
        return self._add(customer_id, "customer", basket)

    async def add_welcome(self, customer_id: str, basket: Basket) -> Order | None:
        if any(each.origin == "welcome" for each in self._of(customer_id)):
            return None
        return self._add(customer_id, "welcome", basket)

    async def keep(self, answer: Struct, call: Call) -> None:
        self.kept.append(answer)

    async def find(self, id_: str, owner: str | None) -> Order | None:
        return next((each for each in self._of(owner) if each.id == id_), None)

    async def page(self, owner: str | None, page: int, limit: int) -> Sequence[OrderSummary]:
        newest_first = self._of(owner)[::-1]
        return [_summary(each) for each in newest_first[(page - 1) * limit : page * limit]]

    async def count(self, owner: str | None) -> int:
        return len(self._of(owner))

    async def newest(self, customer_id: str, before: str | None, most: int) -> Sequence[OrderSummary]:
        newest_first = self._of(customer_id)[::-1]
        return [_summary(each) for each in newest_first if before is None or each.id < before][:most]

    async def items_of(self, ids: Sequence[str]) -> Mapping[str, tuple[OrderedItem, ...]]:
        return {id_: self.orders[id_].items for id_ in ids}

    async def standing(self, id_: str) -> Standing | None:
        order = self.orders.get(id_)
        return None if order is None else Standing(order.status, order.total, self.payments.get(id_))

    async def settle(self, id_: str, status: Status, payment_id: str) -> None:
        self.orders[id_] = msgspec.structs.replace(self.orders[id_], status=status, updated_at=datetime.now(UTC))
        self.payments[id_] = payment_id

    def _add(self, customer_id: str, origin: Origin, basket: Basket) -> Order:
        # In the order of their making, as PostgreSQL's are.
        id_, now = str(UUID(int=len(self.orders) + 1)), datetime.now(UTC)
        self.orders[id_] = Order(
            id=id_,
            customer_id=customer_id,
            status="pending",
            origin=origin,
            items=basket.items,
            total=basket.total,
            created_at=now,
            updated_at=now,
        )
        return self.orders[id_]

    def _of(self, owner: str | None) -> list[Order]:
        return [each for each in self.orders.values() if owner is None or each.customer_id == owner]


def _summary(order: Order) -> OrderSummary:
    told = {name: value for name, value in msgspec.structs.asdict(order).items() if name != "items"}
    return OrderSummary(item_count=len(order.items), **told)
