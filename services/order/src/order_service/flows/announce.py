"""How it is told that there is another order."""

from contracts import order
from contracts.order import Order, OrderCreated
from flowkit.outbox import Publishing


async def announce(placed: Order, tx: Publishing) -> None:
    told = OrderCreated(order_id=placed.id, customer_id=placed.customer_id, total=placed.total, origin=placed.origin)
    await tx.publish(order.created, told)
