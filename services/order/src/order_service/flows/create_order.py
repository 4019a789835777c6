"""Answers order.create."""

from dataclasses import dataclass

from contracts.order import NewOrder, Order
from flowkit.call import Call

from order_service.basket import Basket
from order_service.flows.announce import announce
from order_service.ports import Store


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """Take an order, and have it paid for."""

    store: Store

    async def run(self, request: NewOrder, call: Call) -> Order:
        call.about("customer", call.user.id)
        call.step("Adding up items")
        basket = Basket.of(request.items)
        async with self.store.transaction() as tx:
            with call.step("Creating order"):
                placed = await tx.add(call.user.id, basket)
            with call.step("Announcing order"):
                await announce(placed, tx)
            await tx.keep(placed, call)
        call.about("order", placed.id)
        return placed
