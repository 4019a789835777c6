"""Reacts to customer.registered."""

from dataclasses import dataclass
from typing import Final

from contracts.customer import CustomerRegistered
from contracts.order import Item
from flowkit.call import Call

from order_service.basket import Basket
from order_service.flows.announce import announce
from order_service.ports import Transaction

WELCOME: Final = Basket.of([Item(product_id="product-welcome", quantity=1, price="1.00")])


@dataclass(frozen=True, slots=True)
class GiveWelcomeOrder:
    """Place a newcomer's first order for them: one, however often we are told of them."""

    async def run(self, event: CustomerRegistered, call: Call, tx: Transaction) -> None:
        call.about("customer", event.customer_id)
        with call.step("Creating welcome order"):
            placed = await tx.add_welcome(event.customer_id, WELCOME)
        if placed is None:
            call.step("Leaving it at the one there is")
            return
        call.about("order", placed.id)
        with call.step("Announcing order"):
            await announce(placed, tx)
