"""What is ordered, and what it comes to."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from contracts import money
from contracts.order import Item, OrderedItem


@dataclass(frozen=True, slots=True)
class Basket:
    items: tuple[OrderedItem, ...]

    @classmethod
    def of(cls, items: Iterable[Item]) -> Self:
        return cls(tuple(_ordered(item) for item in items))

    @property
    def total(self) -> Decimal:
        return sum((item.price * item.quantity for item in self.items), start=Decimal("0.00"))


def _ordered(item: Item) -> OrderedItem:
    price = money.written(money.exact(item.price))
    return OrderedItem(product_id=item.product_id, quantity=item.quantity, price=price)
