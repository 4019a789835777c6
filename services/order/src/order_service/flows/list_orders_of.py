"""Answers order.ordersOf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from contracts.kept import MOST, MOST_ITEMS, WhatIsKept
from contracts.order import KeptOrders, Order, OrderedItem, OrderSummary
from flowkit.call import Call
from msgspec import UNSET

from order_service.ports import Store


@dataclass(frozen=True, slots=True)
class ListOrdersOf:
    """Tell another service what somebody it keeps has ordered."""

    store: Store

    async def run(self, request: WhatIsKept, call: Call) -> KeptOrders:
        call.about("customer", request.customer_id)
        with call.step("Fetching orders"):
            async with self.store.reading() as tx:
                newest = await tx.newest(request.customer_id, request.before or None, MOST + 1)
                fitting = _fitting(newest[:MOST])
                items = await tx.items_of([each.id for each in fitting])
        return KeptOrders(
            items=tuple(_whole(each, items) for each in fitting),
            next=fitting[-1].id if len(fitting) < len(newest) else UNSET,
        )


def _fitting(newest: Sequence[OrderSummary]) -> Sequence[OrderSummary]:
    """At least one: no order has more items than there is room for."""
    so_far = accumulate(each.item_count for each in newest)
    return newest[: sum(1 for _ in takewhile(lambda items: items <= MOST_ITEMS, so_far))]


def _whole(order: OrderSummary, items: Mapping[str, tuple[OrderedItem, ...]]) -> Order:
    return Order(
        id=order.id,
        customer_id=order.customer_id,
        status=order.status,
        origin=order.origin,
        items=items[order.id],
        total=order.total,
        created_at=order.created_at,
        updated_at=order.updated_at,
    )
